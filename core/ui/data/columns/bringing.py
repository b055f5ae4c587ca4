"""Ways to bring columns: a table, files beside the images, EXIF data; each with a look before."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.data.metadata.importing import (
    EXIF,
    SIDECARS,
    import_metadata,
    of_exif,
    of_sidecars,
)
from core.services.data.metadata.matching import BY_NAME, OnlyNamesError
from core.services.data.metadata.review import MetadataReview, review
from core.store.metadata.brought import Brought
from core.store.metadata.reading import SUFFIXES, read_brought
from core.ui.data import state
from core.ui.data.intake import rejected_rows
from core.ui.session import session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets import uploads
from core.ui.widgets.text import plain

_WORK = "columns-beside"
_BY: dict[str, str] = {
    "": "whichever column names them", "path": "relative path", "name": "file name",
}  # fmt: skip
_PREFIX = "column "


def begun(snapshot: Snapshot) -> bool:
    """Whether somebody is about to bring columns, or has just done so."""
    return (
        state.COLUMNS in st.session_state
        or tasks.task(_WORK, snapshot.key) is not None
        or st.session_state.get(_uploader()) is not None
    )


def draw(snapshot: Snapshot) -> None:
    """Draw the ways and, once one is taken, what it would do."""
    left, right = st.columns([3, 2])
    with left:
        read = uploads.table(
            "A table with a row for each image", _uploader(), read_brought,
            kinds=[suffix[1:] for suffix in SUFFIXES],
            help="CSV, Parquet, JSON Lines or Excel. One column names the images: by relative "
            "path, by file name, with or without its ending.",
        )  # fmt: skip
    with right:
        _beside(snapshot)
    if read is not None:
        with trouble.in_place():
            _table(snapshot, read())
    task = tasks.task(_WORK, snapshot.key)
    if task is not None:
        _task(task)


def _uploader() -> str:
    return f"columns-file-{st.session_state.get(state.COLUMNS_TURN, 0)}"


def _beside(snapshot: Snapshot) -> None:
    """The buttons for what lies in the folder already."""
    st.caption("Or what lies in the folder already:")
    running = (task := tasks.task(_WORK, snapshot.key)) is not None and task.running
    st.button(
        "Files beside images", key="columns-sidecars", on_click=_start, args=(snapshot, SIDECARS),
        disabled=running, width="stretch",
        help="Reads photo.json and photo.txt beside photo.jpg. Nothing is taken before you say so.",
    )  # fmt: skip
    places = st.session_state.get(state.COLUMNS_GPS, False)
    st.button(
        "Time and camera (EXIF)", key="columns-exif", on_click=_start,
        args=(snapshot, EXIF, bool(places)), disabled=running, width="stretch",
        help="Reads when and with which camera images were taken.",
    )  # fmt: skip
    st.checkbox(
        "Places too (GPS)", key=state.COLUMNS_GPS,
        help="Where images were taken can tell where people live: exports carry it on.",
    )  # fmt: skip


def _start(snapshot: Snapshot, what: str, places: bool = False) -> None:
    tasks.forget(_WORK, snapshot.key)
    if what == SIDECARS:
        tasks.start(_WORK, snapshot.key, "Files beside images",
                    lambda report: (what, of_sidecars(snapshot, report)))  # fmt: skip
    else:
        tasks.start(_WORK, snapshot.key, "EXIF data",
                    lambda report: (what, of_exif(snapshot, places, report)))  # fmt: skip


def _task(task: Task) -> None:
    if task.running:
        progress.watch(task)
    elif task.result is None:
        st.error(plain(task.status.error or "Reading was stopped."))
    else:
        what, reviewed = task.result
        _preview(reviewed)
        _button(what, lambda: reviewed)


def _table(snapshot: Snapshot, table: Brought) -> None:
    """What a table would do, with the choices that it leaves."""
    names = list(table.cells)
    by, take = st.columns([2, 3])
    key = by.selectbox(
        "Rows name images by", [*_BY, *(_PREFIX + name for name in names)], key="columns-key",
        format_func=lambda choice: _BY.get(choice) or plain(choice),
    )  # fmt: skip
    only = take.multiselect(
        "Columns to take", names, key="columns-only", placeholder="all", format_func=plain
    )
    key = key.removeprefix(_PREFIX)
    try:
        reviewed = _review(snapshot, table, key, tuple(only))
    except OnlyNamesError:  # what comes of it is seen before anything is taken
        reviewed = _review(snapshot, table, BY_NAME, tuple(only))
        st.info(
            "The folders that the table names are not in this collection, so rows are matched by "
            "file name alone."
        )
    _preview(reviewed)
    file = st.session_state.get(_uploader())
    _button(shown(file.name) if file is not None else "a table", lambda: reviewed)


def _review(snapshot: Snapshot, table: Brought, key: str, only: tuple[str, ...]) -> MetadataReview:
    """What the table would do; worked out anew when the images or the columns are others."""
    against = (snapshot.key, snapshot.pool.version, snapshot.metadata.version, key, only)
    last = st.session_state.get(state.COLUMNS_REVIEW)
    if last is None or last[0] is not table or last[1] != against:
        last = (table, against, review(snapshot, table, key, only))
        st.session_state[state.COLUMNS_REVIEW] = last
    result: MetadataReview = last[2]
    return result


def _preview(reviewed: MetadataReview) -> None:
    count = len(reviewed.columns)
    st.markdown(
        f"**{reviewed.matched:,}** images get **{count:,}** column{'s' if count != 1 else ''}; "
        f"**{reviewed.unmatched:,}** of {reviewed.rows:,} rows name no image of the collection."
    )
    rows = [
        (one.name, one.kind, f"{one.filled:,}", ", ".join(one.examples)[:120],
         "replaces" if one.replaces else "new")
        for one in reviewed.columns
    ]  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows, columns=["column", "holds", "values", "examples", "is"]),
        hide_index=True, width="stretch", key="columns-preview",
    )  # fmt: skip
    for sentence in reviewed.remarks("The table"):
        st.caption(plain(sentence))
    if reviewed.rejected:
        rejected_rows(reviewed.rejected, "columns")


def _button(what: str, reviewed: Callable[[], MetadataReview]) -> None:
    st.button(
        "Take these columns", key="columns-take", type="primary",
        on_click=trouble.careful(_take), args=(what, reviewed),
        help="One step, which Undo takes back.",
    )  # fmt: skip


def _take(what: str, reviewed: Callable[[], MetadataReview]) -> None:
    project, done = session.require_project(), reviewed()
    import_metadata(project.snapshot(), done, what)
    tasks.forget(_WORK, project.key)
    # An empty field for the next table.
    st.session_state[state.COLUMNS_TURN] = st.session_state.get(state.COLUMNS_TURN, 0) + 1
    st.session_state.pop(state.COLUMNS_REVIEW, None)
    rows = len(done.rejected)
    left = f" {rows:,} row{'s' if rows != 1 else ''} did not count." if rows else ""
    st.session_state[state.COLUMNS] = (
        f"{len(done.columns)} columns of {done.matched:,} images taken over from {what}.{left} "
        "Saved."
    )
