"""The switch that adds the class for what is none of the others, or removes it."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.ui.prompts import editing, state
from core.ui.session import trouble

NAME = "none of these"


def show(snapshot: Snapshot) -> None:
    """Draw the switch."""
    name = snapshot.classes.none
    if st.session_state.get(state.NONE) != (name is not None):
        st.session_state[state.NONE] = name is not None
    st.toggle(
        "None of these", key=state.NONE,
        on_change=_add if name is None else editing.remove,
        args=() if name is None else (name,),
        help="A class without prompts for images that are none of the others: it has a folder of "
        "its own on export, and on Label the answer “None of these” means it.",
    )  # fmt: skip


@trouble.careful
def _add() -> None:
    editing.take_edits().update_classes(lambda classes: classes.with_none(NAME))
    st.session_state[state.OPEN] = NAME
