"""The Data page's columns of images: what there is, ways to bring more, and the step back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.metadata.review import looks
from core.store.metadata.versions import Version, take_back, versions_of
from core.ui.data import state
from core.ui.data.columns import bringing, repeated
from core.ui.session import fitting, session, trouble
from core.ui.shared.columns import groups
from core.ui.widgets import folded
from core.ui.widgets.text import plain

_LONGEST = 60  # characters of an example


def section(snapshot: Snapshot) -> None:
    """List the columns, bring more, and take the last import back."""
    with trouble.in_place():
        columns = looks(snapshot)
        title = f"Columns: {len(columns)}" if columns else "Columns"
        part = folded.part(title, state.COLUMNS_OPEN, bringing.begun(snapshot))
        if part is not None:
            with part:
                _content(snapshot, bool(columns))


def _content(snapshot: Snapshot, some: bool) -> None:
    """What is folded away.

    Args:
        some: whether there are columns.
    """
    if text := st.session_state.pop(state.COLUMNS, None):
        st.success(plain(text))
    if some:
        _list(snapshot)
        groups.section(snapshot, state.GROUP, _predictions())
        repeated.draw(snapshot)
        _undo(versions_of(snapshot.workspace.root)[-1])
    else:
        st.caption(
            "What you know of the images beside their pixels: prices, titles, dates, sources. "
            "Columns can be searched, filtered, shown as colours on the map, asked for in SQL, "
            "and they go along with exports."
        )
    bringing.draw(snapshot)


def _list(snapshot: Snapshot) -> None:
    rows = [
        {
            "column": one.name,
            "holds": one.kind,
            "filled": one.filled / max(1, len(snapshot)),
            "examples": "  ·  ".join(map(_short, one.examples)),
        }
        for one in looks(snapshot)
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", key="columns-list",
        column_config={
            "filled": st.column_config.NumberColumn(
                "images with a value", format="percent", help="Share of all images"
            ),
            "examples": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip


def _predictions() -> Predictions | None:
    """What images are taken for, where that was worked out already: this page needs no model."""
    try:
        return fitting.latest(session.require_project().snapshot())
    except WinnowError:  # of a damaged vocabulary file, which is told where classes are shown
        return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _undo(last: Version) -> None:
    have, act = st.columns([5, 1], vertical_alignment="center")
    have.caption(f"Last import: {plain(last.what)} ({len(last.added)} columns).")
    act.button(
        "Undo", key="columns-undo", on_click=trouble.careful(_take_back), width="stretch",
        help="Takes the last import back; what it replaced is there again.",
    )  # fmt: skip


def _take_back() -> None:
    gone = take_back(session.require_project().workspace.root)
    st.session_state[state.COLUMNS] = f"The import of {gone.what} is taken back."
