"""Data: open a folder, see what is in it, embed it."""

from __future__ import annotations

import streamlit as st

from core.export.destination import size_text
from core.project.project import Project
from core.services.data.overview import FolderState, overview
from core.ui.data import intake, opening
from core.ui.data.picker import pick_model
from core.ui.session import host, session, work
from core.ui.shared import captions, progress
from core.ui.widgets.text import plain


def show_scan(project: Project) -> None:
    """What the folder holds now, before any image is read."""
    task = work.task("scan", project) or work.start_scan(project)
    task.wait(1.0)  # most folders need less: no flicker for them
    if task.running:
        progress.watch(task)
        return
    if task.result is None:
        st.error(plain(task.status.error or "The scan was stopped."))
    else:
        found: FolderState = task.result
        kinds = ", ".join(f"{n:,} {name}" for name, n in found.suffixes.items())
        st.markdown(
            f"The folder holds **{found.files:,} images** ({size_text(found.bytes_total)}: "
            f"{plain(kinds or 'none')}). **{found.to_read:,}** are new or changed."
        )
        if found.counts.gone:
            st.markdown(
                f"**{found.counts.gone:,}** are no longer there; they leave the collection when it "
                "is embedded again, and keep their labels."
            )
        if found.archives:
            first = plain(found.archives[0])
            st.info(
                f"{len(found.archives):,} archives lie in the folder, {first} among them; they are "
                "not looked into. Open one by its path to work with what it holds."
            )
        if found.ignored or found.unreadable:
            st.caption(
                f"{found.ignored:,} other files are ignored, {found.unreadable:,} files or folders "
                "cannot be opened."
            )
    st.button(
        "Scan again", icon=":material/refresh:", key="scan-again",
        on_click=host.board().forget, args=(task.key,),
    )  # fmt: skip


def show_overview(project: Project) -> None:
    seen = overview(project.workspace)
    if not seen.files:
        st.caption("No image has been read yet; embedding reads each one once.")
        return
    st.subheader("What was read")
    cells = st.columns(5)
    cells[0].metric("Images", f"{seen.usable:,}")
    cells[1].metric("Rejected", f"{seen.rejected:,}", help="Files that cannot be used; see below.")
    cells[2].metric("Exact duplicates", f"{seen.duplicates:,}", help="Same bytes, another name.")
    cells[3].metric("Size", size_text(seen.bytes_total))
    side = f"{seen.median_side} px" if seen.median_side else "–"
    cells[4].metric("Median short side", side, help=f"Smallest: {seen.smallest_side} px")
    formats = ", ".join(f"{n:,} {name}" for name, n in seen.formats.iter_rows())
    st.caption(f"Formats: {formats or 'none'}")
    if seen.rejected:
        with st.expander(f"{seen.rejected} rejected files and why", expanded=seen.rejected < 20):
            st.dataframe(
                seen.problems.rename({"size": "bytes"}).to_pandas(),
                hide_index=True,
                width="stretch",
            )
    if seen.notes.height:
        with st.expander(f"{seen.notes.height} images used with a remark"):
            st.dataframe(seen.notes.to_pandas(), hide_index=True, width="stretch")


def embed_section(project: Project) -> None:
    st.subheader("Model and embedding")
    active = project.workspace.encoder
    spec = pick_model(active.spec if active else None)
    task = work.task("embed", project)
    if task is not None and task.running:
        progress.watch(task)
        return
    again = active is not None and active.spec == spec
    label = "Look for new and changed images" if again else "Embed the images"
    # By a callback: it runs first, so no redraw that comes between can lose the press.
    st.button(
        label, type="primary", disabled=not spec, key="embed", on_click=work.start_embedding,
        args=(project, spec),
    )  # fmt: skip
    if task is not None:
        report_end(project, task.status.state, task.status.error, task.result)


def report_end(project: Project, state: str, error: str | None, result: object) -> None:
    if state == "failed":
        kept = project.workspace.encoder
        tail = f" The vectors of {kept.spec} are still in place." if kept else ""
        st.error(plain(f"{error}{tail}"))
    elif state == "cancelled":
        st.warning("Stopped. What was embedded is kept; start again to go on from there.")
    elif result is not None:
        st.success(
            f"{result.images:,} images ready: {result.embedded:,} embedded, {result.reused:,} "
            f"unchanged, {len(result.rejected):,} rejected, "
            f"in {progress.duration(result.seconds)} ({result.images_per_second:.0f}/s)."
        )
        for note in result.notes:
            st.caption(plain(note))
        st.page_link(
            "../../../pages/prompts.py",
            label="Next: describe your classes",
            icon=":material/edit_note:",
        )


st.title("Data")
project = session.current()
if project is None:
    st.markdown(
        "Winnow sorts a folder of unlabeled images into your own classes: describe the classes, "
        "label a few images, check the numbers, export. **Start with a folder on this computer.**"
    )
    opening.section()
    st.stop()
with st.expander("Open another folder"):
    opening.section()
st.markdown(f"Images in `{str(project.workspace.images).replace('`', '')}`")


with st.container(key="scan"):  # what it says may change while the button below is pressed
    show_scan(project)
embed_section(project)
show_overview(project)
if len(project.pool()):
    intake.look_at(project)
    intake.labels(project)
    captions.section(project)
