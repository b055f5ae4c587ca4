"""The Data page's way in for labels that people have already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.services.data.folders import depth, of_pool
from core.services.data.label_import import (
    MOST_CLASSES,
    checked,
    folder_labels,
    folder_names,
    import_labels,
)
from core.services.data.label_review import Review
from core.services.prompts.classes import add_classes
from core.store.csv_tables import LabelTable, read_labels, rejected_csv
from core.store.table_rows import Rejected
from core.ui.data import state
from core.ui.session import session, trouble
from core.ui.shared import folder_level, label_bar
from core.ui.widgets import folded, uploads
from core.ui.widgets.text import plain

SHOWN = 200
_NAMED = 12


def section(snapshot: Snapshot) -> None:
    """Take labels from a CSV file or from the names of the folders."""
    label_bar.undo_row(state.PLACE, (5, 1), width="content")
    none_yet = not snapshot.labels.by_id  # the time at which people bring theirs
    part = folded.part("Labels that you have already", state.LABELS_OPEN, none_yet)
    if part is None:
        return
    left, right = part.columns(2)
    with left:
        read = uploads.table(
            "CSV or Parquet with the columns path,label", "labels-file", read_labels
        )
        if read is not None:
            _file(read)
    with right, trouble.in_place():
        _folders(snapshot)


def _folders(snapshot: Snapshot) -> None:
    """The names of the folders as labels, at a level of the paths."""
    if not depth(of_pool(snapshot)):
        st.caption("The images lie in no folders whose names could be labels.")
        return
    seen = folder_level.choose(snapshot, "labels")
    if snapshot.names:
        folder_level.remarks(seen, "labels")
    names = folder_labels(of_pool(snapshot), seen.level)
    if names:
        st.markdown(f"As labels: {_listed(names)}")
    st.button(
        "Take the folder names as labels", key="labels-folders", disabled=not names,
        on_click=trouble.careful(_take_folders), args=(seen.level,),
        help="Adds the classes that are missing. One step, which Undo takes back.",
    )  # fmt: skip
    if not names:
        st.caption(
            f"The folders there have one name, or more than {MOST_CLASSES}: choose another level."
        )


def _file(read: Callable[[], LabelTable]) -> None:
    """What a file would do, before it does; then the button."""
    with trouble.in_place():
        _preview(_review(read()))
    st.button(
        "Take these labels", key="labels-take", on_click=trouble.careful(_take_file), args=(read,),
        help="One step, which Undo takes back.",
    )  # fmt: skip


def _take_folders(level: int | None) -> None:
    _take(folder_names(session.require_project().pool(), level), "folders")


def _take_file(read: Callable[[], LabelTable]) -> None:
    _take(read(), "import")


def _review(table: LabelTable) -> Review:
    """What the table would do; worked out anew when the images or the classes are others."""
    snapshot = session.require_project().snapshot()
    against = (snapshot.key, snapshot.pool.version, snapshot.names)
    last = st.session_state.get(state.REVIEW)
    if last is None or last[0] is not table or last[1] != against:
        last = st.session_state[state.REVIEW] = (table, against, checked(snapshot, table))
    result: Review = last[2]
    return result


def _preview(review: Review) -> None:
    kinds = Counter(review.labels.values())
    st.markdown(f"**{len(review.labels):,}** images get a label: {_listed(kinds)}")
    if review.unknown:
        st.markdown(f"New classes: {_listed(Counter(review.unknown))}")
    for sentence in review.remarks("The table"):
        st.caption(plain(sentence))
    if review.rejected:
        with st.expander(f"{len(review.rejected):,} of {review.rows:,} rows do not count"):
            rejected_rows(review.rejected, "labels")


def rejected_rows(rejected: list[Rejected], key: str) -> None:
    """Rows of a table that do not count, with their reasons, to look at and to download."""
    cells = [
        (row.line or None, shown(row.path), shown(row.text), row.why) for row in rejected[:SHOWN]
    ]
    st.dataframe(
        pd.DataFrame(cells, columns=["line", "path", "text", "why"]), hide_index=True,
        width="stretch", key=f"{key}-rejected",
    )  # fmt: skip
    if len(rejected) > SHOWN:
        st.caption(f"The first {SHOWN}.")
    st.download_button(
        "Download these rows", rejected_csv(rejected), "rejected.csv", "text/csv",
        key=f"{key}-rejected-save", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _take(labels: Mapping[str, str], source: str) -> None:
    """Store labels by relative path, and add the classes that are missing."""
    project = session.require_project()
    with project.backups.one(f"labels were taken over ({source})"):
        new = checked(project.snapshot(), labels).unknown
        added = add_classes(project.vocabulary_file, new)  # first: a label needs its class
        done = import_labels(project, labels, session.annotator(), source)
    missing = f" {done.missing:,} paths are no embedded image." if done.missing else ""
    others = len(done.review.rejected) - done.missing
    more = f" {others:,} more rows do not count." if others else ""
    classes = f" {len(added)} classes were added." if added else ""
    text = f"{done.labels:,} labels taken over.{missing}{more}{classes}"
    label_bar.remember(state.PLACE, done.batch, f"{plain(text)} Saved.")


def _listed(names: Counter[str]) -> str:
    most = ", ".join(f"{plain(n)} ({c:,})" for n, c in names.most_common(_NAMED))
    return f"{most}{' …' if len(names) > _NAMED else ''}"
