"""Results in groups of a column: each with its size, its classes and its first pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.search.request import Result
from core.ui.search import state
from core.ui.shared.columns import grouping
from core.ui.shared.columns.grouping import By
from core.ui.widgets.text import plain

PER_PAGE, FIRST = 8, 12
"""Groups of a page, and pictures of each until all of it is asked for."""


@dataclass(frozen=True, eq=False)
class Page:
    """What is shown of results.

    Attributes:
        results: all of the page; sections: the groups that they are in, one after the other, empty
            where there are no groups.
        pages: how many pages there are.
    """

    results: list[Result]
    pages: int
    sections: list[Mapping[str, Any]] = field(default_factory=list)


def asked_for(snapshot: Snapshot, predictions: Predictions | None) -> By | None:
    """What results are grouped by, as the field in the form says."""
    wanted = st.session_state.get(state.GROUP)
    return grouping.offered(snapshot, predictions).get(wanted or "")


def pages(
    snapshot: Snapshot, by: By, listed: list[Result], predictions: Predictions | None, page: int
) -> Page:
    """A page of groups, or of the images of the one group that was opened.

    Args:
        listed: all results, best first.
        page: from 1.
    """
    rows = np.array([snapshot.pool.rows[one.id] for one in listed], dtype=np.int64)
    made = by.groups(rows)
    described = grouping.described(made, predictions, rows)
    number = _opened(by, made.names)
    if number is not None:
        own = [listed[place] for place in made.members(number).tolist()]
        _head(by, described[number])
        return Page(own, 0)
    sections: list[Mapping[str, Any]] = []
    results: list[Result] = []
    for entry in described[(page - 1) * PER_PAGE : page * PER_PAGE]:
        some = made.members(entry["number"])[:FIRST].tolist()
        sections.append({**entry, "shown": len(some)})
        results += [listed[place] for place in some]
    return Page(results, max(1, -(-len(made.names) // PER_PAGE)), sections)


def open_group(name: str) -> None:
    """Show all images of one group."""
    st.session_state[state.GROUP_OPEN] = (st.session_state.get(state.GROUP), name)
    st.session_state.pop(state.PAGE, None)


def close() -> None:
    """Show all groups again."""
    st.session_state.pop(state.GROUP_OPEN, None)
    st.session_state.pop(state.PAGE, None)


def _opened(by: By, names: list[str]) -> int | None:
    name, group = st.session_state.get(state.GROUP_OPEN) or ("", "")
    return names.index(group) if name == by.name and group in names else None


def _head(by: By, entry: Mapping[str, Any]) -> None:
    """What the open group is, and the way back."""
    title, back = st.columns([7, 2], vertical_alignment="center")
    text = f"; {plain(entry['text'])}" if entry["text"] else ""
    title.markdown(
        f"**{plain(by.name)}: {plain(entry['name'])}** · {entry['size']:,} ({entry['share']}){text}"
    )
    back.button(
        "All groups", key="search-all-groups", on_click=close, width="stretch",
        icon=":material/arrow_back:",
    )  # fmt: skip
