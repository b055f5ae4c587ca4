"""What a delivery is like: the verdict, shares, pictures, duplicates, fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import polars as pl
import streamlit as st

from core.images.names import shown
from core.project.project import Project
from core.services.deliveries import telling
from core.services.deliveries.records import Record, images_of, table_of
from core.ui.deliveries import actions, gallery
from core.ui.deliveries.tasks import Received
from core.ui.widgets.text import plain

_ROWS = 200
_COLUMNS = ["path", "id", "class", "probability", "duplicate", "duplicate_of", "unlike", "ask",
            "fields"]  # fmt: skip
_LOOK = {"same": st.success, "moved": st.warning, "new": st.warning}


def section(
    place: Path, record: Record, project: Project | None, received: Received | None
) -> None:
    """Draw one delivery."""
    frame = table_of(place, record, _COLUMNS)
    st.subheader(plain(f"{record.name}: {telling.VERDICTS[record.kind]}"))
    for sentence in record.sentences:
        _LOOK[record.kind](plain(sentence))
    for sentence in telling.summary(record)[1 + len(record.sentences) :]:
        st.markdown(plain(sentence))
    if received is not None and received.key == record.key:
        _remarks(received)
    actions.section(place, record, project)
    _shares(record)
    unlike = telling.in_order(frame, "unlike")[: telling.unlike_images(record)]
    if unlike:
        st.markdown(f"**{len(unlike):,} images are most unlike what is known**, first the most so:")
        gallery.show("unlike", images_of(record), _with_ids(frame, unlike))
    _duplicates(record, frame)
    _fields(record, frame)
    st.download_button(
        "Download all rows", lambda: telling.csv_of(record, frame), f"{record.key}.csv", "text/csv",
        key="delivery-rows", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _remarks(received: Received) -> None:
    """What concerns the run that has just ended."""
    if received.before:
        st.info(
            f"The same images were received on {received.before[:10]} already: they are compared "
            "with what came before that."
        )
    for note in received.notes:
        st.caption(plain(note))
    if received.problems:
        with st.expander(f"Files that could not be used: {len(received.problems):,}"):
            rows = [(shown(path), why) for path, why in received.problems[:_ROWS]]
            _rows(rows, ["path", "reason"], "delivery-problems")
    if received.rejected:
        with st.expander(f"Rows of the table that do not count: {len(received.rejected):,}"):
            cells = [(row.line, shown(row.path), row.why) for row in received.rejected[:_ROWS]]
            _rows(cells, ["line", "path", "why"], "delivery-rejected")


def _rows(rows: Sequence[tuple[object, ...]], heads: list[str], key: str) -> None:
    st.dataframe(pd.DataFrame(rows, columns=heads), hide_index=True, width="stretch", key=key)


def _shares(record: Record) -> None:
    st.markdown("**Shares of the classes**, with 95 % intervals, and those of the collection:")
    rows = [
        (
            one.name, one.images, f"{one.share:.1%}", f"{one.low:.1%} – {one.high:.1%}",
            f"{one.before:.1%}", "moved" if one.moved else "",
        )
        for one in sorted(record.shares, key=lambda one: (not one.moved, -one.share))
    ]  # fmt: skip
    _rows(rows, ["class", "images", "share", "interval", "before", ""], "delivery-shares")


def _with_ids(frame: pl.DataFrame, paths: list[str]) -> list[tuple[str, str]]:
    ids = dict(frame.select("path", "id").rows())
    return [(path, ids[path]) for path in paths]


def _duplicates(record: Record, frame: pl.DataFrame) -> None:
    rows = frame.filter(pl.col("duplicate").is_not_null())
    if not len(rows):
        return
    with st.expander(f"Images that came before, or nearly the same: {len(rows):,}"):
        gallery.show("came-before", images_of(record), rows.select("path", "id").rows())
        cells = [
            (shown(path), kind, shown(of))
            for path, kind, of in rows.select("path", "duplicate", "duplicate_of")
            .head(_ROWS)
            .iter_rows()
        ]
        _rows(cells, ["path", "how", "came in"], "delivery-duplicates")


def _fields(record: Record, frame: pl.DataFrame) -> None:
    if record.fields:
        listed = ", ".join(f"{name}: {value}" for name, value in record.fields.items())
        st.caption(plain(f"Of all images: {listed}"))
    lacking = telling.missing(record, frame)
    if lacking:
        with st.expander(f"Images that lack a required field: {len(lacking):,}"):
            cells = [(shown(path), ", ".join(names)) for path, names in lacking[:_ROWS]]
            _rows(cells, ["path", "lacks"], "delivery-missing")
    for step in record.steps:
        st.caption(plain(step))
    st.caption(plain(f"Images in {shown(images_of(record))}"))
