"""The tags of this session: changed, kept on disk, taken back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.tags.vocabulary import Tags
from core.ui.session import session, trouble
from core.ui.tags import state

_MOST_STEPS = 100


def change(edit: Callable[[Tags], Tags]) -> None:
    """Change the tags and keep them.

    Raises:
        WinnowError: they cannot be kept; nothing has changed.
    """
    before: list[Tags] = []

    def remembered(tags: Tags) -> Tags:
        before.append(tags)
        return edit(tags)

    after = session.require_project().tag_file.update_tags(remembered)
    if after != before[-1]:
        remember(before[-1], after)


def remember(before: Tags, after: Tags) -> None:
    """Make a change one that can be taken back."""
    past = [*st.session_state.get(state.PAST, []), (before, after)]
    st.session_state[state.PAST] = past[-_MOST_STEPS:]


@trouble.careful
def undo() -> None:
    """Go back before the last change of this session."""
    past = st.session_state.get(state.PAST, [])
    if past:
        before, _ = past[-1]
        session.require_project().tag_file.save_tags(before)
        st.session_state[state.PAST] = past[:-1]


def can_undo(tags: Tags) -> bool:
    """Whether the last change of this session is still the last of all."""
    past = st.session_state.get(state.PAST, [])
    return bool(past) and past[-1][1] == tags
