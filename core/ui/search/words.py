"""Whether a text is looked for in pictures, in the words that came with them, or in both."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.texts.columns import ALL, word_columns
from core.services.search.request import By
from core.ui.search import state
from core.ui.widgets.text import plain

_TITLES: dict[By, str] = {"both": "Pictures and words", "meaning": "Pictures", "words": "Words"}
_HELP = (
    "Pictures: what images show. Words: the columns and captions that you imported, by the words "
    "that they contain; a word after − leaves out what has it. Both together: one list, in which "
    "what is high up in either comes first."
)


def draw(snapshot: Snapshot) -> tuple[By, str]:
    """Draw the choice and the column, where images have words; what to search by, and where."""
    try:
        columns = list(word_columns(snapshot))
    except WinnowError as error:
        st.warning(plain(error))
        columns = []
    if not columns:
        return "meaning", ALL
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    choice = left.segmented_control(
        "Look in", list(_TITLES), default="both", required=True, key=state.BY, bind="query-params",
        format_func=lambda by: _TITLES.get(by, by), label_visibility="collapsed", help=_HELP,
    )  # fmt: skip
    by = next(kind for kind in get_args(By) if kind == (choice or "both"))
    if by == "meaning":
        return by, ALL
    column = right.selectbox(
        "Words in", columns, index=None, key=state.WORDS_IN, bind="query-params",
        placeholder="Words of all columns", label_visibility="collapsed", format_func=plain,
    )  # fmt: skip
    return by, column or ALL
