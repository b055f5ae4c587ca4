"""The Data page below the embedding: what deserves a look, and labels that people bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import streamlit as st

from core.images.quality import FLAGS, flags
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.label_import import add_classes, folder_names, import_labels
from core.store.catalog import read_catalog
from core.store.csv_tables import read_labels
from core.ui.session import session, work
from core.ui.widgets import thumbs, uploads
from core.ui.widgets.text import plain

SHOWN, GROUPS = 48, 12
_TITLES = {
    "blurred": "Blurred", "dark": "Dark", "bright": "Too bright", "blank": "Blank",
    "tiny": "Tiny", "odd_shape": "Very long or very tall",
}  # fmt: skip


def look_at(project: Project) -> None:
    """Pictures with a problem that did not keep them out, and near-duplicates."""
    found = flags(read_catalog(project.workspace.catalog))
    pool = project.pool()
    counted = [(name, found.filter(found[name])["id"].unique().to_list()) for name in FLAGS]
    counted = [(name, [i for i in ids if i in pool.rows]) for name, ids in counted]
    groups = _near_duplicates(project)
    if not any(ids for _, ids in counted) and not groups:
        return
    st.subheader("Worth a look")
    for name, ids in counted:
        if ids:
            with st.expander(f"{_TITLES[name]}: {len(ids):,}"):
                _pictures(project, sorted(ids, key=pool.rows.__getitem__)[:SHOWN])
                if len(ids) > SHOWN:
                    st.caption(f"The first {SHOWN}; the filters on Clusters show all.")
    if groups:
        images = sum(map(len, groups))
        with st.expander(f"Near-duplicates: {images:,} images in {len(groups):,} groups"):
            st.caption(
                "The same picture again, resized, recompressed or slightly cropped. Labeling asks "
                "for one of a group, and an export keeps a group in one split."
            )
            for rows in groups[:GROUPS]:
                _pictures(project, [pool.ids[row] for row in rows], strip=True)
            if len(groups) > GROUPS:
                st.caption(f"The {GROUPS} largest groups.")


def _near_duplicates(project: Project) -> list[list[int]]:
    """Groups of two and more, the largest first; empty while they are being looked for."""
    task = work.duplicates(project)
    task.wait(1.0)
    if task.result is None:
        if task.running:
            st.caption("Looking for near-duplicates…")
        return []
    groups: np.ndarray = task.result
    order = np.argsort(groups, kind="stable")
    split = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    several = [rows.tolist() for rows in split if len(rows) > 1]
    return sorted(several, key=len, reverse=True)


def _pictures(project: Project, ids: list[str], strip: bool = False) -> None:
    pool = project.pool()
    paths = [pool.files[pool.rows[i]][0].path for i in ids]
    thumbs.show(project, ids, titles=paths, size=92, strip=strip)


def labels(project: Project) -> None:
    """Take labels from a CSV file or from the names of the folders."""
    st.subheader("Labels that you have already")
    if done := st.session_state.get("imported"):
        batch, said = done
        text, back = st.columns([5, 1], vertical_alignment="center")
        text.success(f"{plain(said)} Saved.")
        back.button("Undo", key="import-undo", on_click=_undo, args=(project, batch))
    left, right = st.columns(2)
    with left:
        read = uploads.table("CSV with the columns path,label", "labels-file", read_labels)
        if read is not None and st.button("Take these labels", key="labels-take"):
            _take_file(project, read)
    with right:
        names = folder_names(project)
        if names:
            kinds = Counter(names.values())
            shown = ", ".join(f"{plain(n)} ({c:,})" for n, c in kinds.most_common(12))
            st.markdown(f"The images lie in folders: {shown}{' …' if len(kinds) > 12 else ''}")
            st.button(
                "Take the folder names as labels", key="labels-folders", on_click=_take,
                args=(project, names, "folders"),
                help="Adds the classes that are missing. One step, which Undo takes back.",
            )  # fmt: skip
        else:
            st.caption("The names of the folders do not look like classes.")


def _take_file(project: Project, read: Callable[[], dict[str, str]]) -> None:
    try:
        _take(project, read(), "import")
    except WinnowError as error:
        st.error(plain(error))
    else:
        st.rerun()


def _take(project: Project, given: dict[str, str], source: str) -> None:
    done = import_labels(project, given, session.annotator(), source)
    add_classes(project, list(done.unknown))
    missing = f" {done.missing:,} paths are no embedded image." if done.missing else ""
    added = f" {len(done.unknown)} classes were added." if done.unknown else ""
    said = f"{done.labels:,} labels taken over.{missing}{added}"
    st.session_state["imported"] = (done.batch, said)


def _undo(project: Project, batch: str) -> None:
    project.labels.undo(batch, session.annotator())
    st.session_state.pop("imported", None)
