"""Data: open a folder, see what is in it, embed it."""

from __future__ import annotations

import streamlit as st

from core.export.destination import size_text
from core.images.names import shown
from core.images.sources import places
from core.prompts.vocabulary import Vocabulary
from core.services.data.overview import FolderState, Overview, overview
from core.store.people.roles import EMBED, IMPORT, RESTORE
from core.store.workspace import Workspace
from core.ui.data import (
    backups,
    captions,
    embedding,
    intake,
    left_out,
    moved,
    opening,
    pictures,
    state,
    worth_a_look,
)
from core.ui.data.columns import section as columns
from core.ui.data.people import section as people
from core.ui.data.tasks import SCAN, start_scan
from core.ui.session import rights, session, tasks
from core.ui.shared import label_loss, progress, so_far
from core.ui.widgets import folded, numbers
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain


def show() -> None:
    """Draw the page."""
    st.title("Data")
    project = session.current()
    if project is None:
        st.markdown(
            "Winnow sorts a folder of unlabeled images into your own classes: describe the "
            "classes, label a few images, check the numbers, export. **Start with a folder on this "
            "computer.**"
        )
        opening.section()
        return
    another = folded.part("Open another folder", state.ANOTHER, opening.begun())
    if another is not None:
        with another:
            opening.section()
    workspace = project.workspace
    label_loss.warning()
    if moved.missing(workspace):
        backups.section()
        return
    st.markdown(f"Images in `{shown(places.title(workspace.images)).replace('`', '')}`")
    with st.container(key="scan"):  # what it says may change while the button below is pressed
        folder = _scan(workspace)
    if not rights.remark(EMBED):
        embedding.section(workspace)
    if folder is not None:
        pictures.section(project, folder)
    _overview(overview(workspace), so_far.running(workspace))
    snapshot = project.snapshot(Vocabulary())  # a damaged vocabulary file closes nothing here
    if len(snapshot):
        worth_a_look.section(snapshot)
        if not rights.remark(IMPORT):
            intake.section(snapshot)
            captions.section(snapshot)
            columns.section(snapshot)
    if not rights.why_not(RESTORE):
        backups.section()
    people.section(project)


def _scan(workspace: Workspace) -> FolderState | None:
    """What the folder holds now, before any image is read; None while that is not known."""
    if not st.session_state.get(state.LOOKED):  # what another session saw may be long ago
        st.session_state[state.LOOKED] = True
        tasks.forget(SCAN, workspace.collection.key)
    task = tasks.task(SCAN, workspace.collection.key) or start_scan(workspace)
    task.wait(0.5)  # most folders need less: no flicker for them
    if task.running:
        progress.watch(task)
        return None
    folder: FolderState | None = task.result
    if folder is None:
        st.error(plain(task.status.error or "The scan was stopped."))
    else:
        _folder(folder)
    return folder


def _folder(folder: FolderState) -> None:
    kinds = ", ".join(f"{n:,} {name}" for name, n in folder.suffixes.items())
    st.markdown(
        f"The folder holds **{folder.files:,} images** ({size_text(folder.bytes_total)}: "
        f"{plain(kinds or 'none')}). **{folder.to_read:,}** are new or changed."
    )
    if folder.counts.gone:
        st.markdown(
            f"**{folder.counts.gone:,}** are no longer there; they leave the collection when it "
            "is embedded again, and keep their labels."
        )
    if folder.archives:
        first = plain(folder.archives[0])
        st.info(
            f"{len(folder.archives):,} archives lie in the folder, {first} among them; they are "
            "not looked into. Open one by its path to work with what it holds."
        )
    if folder.ignored or folder.unreadable:
        parts = [
            (folder.ignored, "other file is ignored", "other files are ignored"),
            (folder.unreadable, "entry cannot be opened", "entries cannot be opened"),
        ]
        sentences = [
            f"{count:,} {one if count == 1 else more}" for count, one, more in parts if count
        ]
        st.caption(f"{', '.join(sentences)}.")
    left_out.section(folder)


def _overview(seen: Overview, reading: bool) -> None:
    """What the images that were read are like.

    Args:
        reading: the first of them are being read now.
    """
    if not seen.files:
        if not reading:
            st.caption("No image has been read yet; embedding reads each one once.")
        return
    st.subheader("What was read")
    side = f"{seen.median_side} px" if seen.median_side else "–"
    numbers.show([
        Number("Images", f"{seen.usable:,}"),
        Number("Rejected", f"{seen.rejected:,}", "Files that cannot be used; see below."),
        Number("Exact duplicates", f"{seen.duplicates:,}", "Same bytes, another name."),
        Number("Size", size_text(seen.bytes_total)),
        Number("Median short side", side, f"Smallest: {seen.smallest_side} px"),
    ])  # fmt: skip
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
