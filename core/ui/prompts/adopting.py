"""What becomes of a suggested group: a class of its own, a prompt or labels of a class there is."""

from __future__ import annotations

import streamlit as st

from core.prompts.vocabulary import clean
from core.runtime.errors import WinnowError
from core.services.prompts.classes import add_classes
from core.services.prompts.single import add_prompt, remove_prompt
from core.store.labels.base import Event
from core.ui.prompts import state
from core.ui.session import session, trouble
from core.ui.shared import label_bar
from core.ui.widgets.text import plain

PLACE = "suggest"
"""Where labels are given, see ``label_bar``; also what the label store notes as their origin."""


@trouble.careful
def as_class(key: str) -> None:
    """Add the class named in the field ``key``, unless it is there."""
    if not clean(st.session_state[key]):
        raise WinnowError("Type a name for the new class first.")
    for name in add_classes(session.require_project().vocabulary_file, [st.session_state[key]]):
        st.toast(f"{plain(name)} is a class now.")
    st.session_state[key] = ""


@trouble.careful
def as_prompt(key: str, name: str) -> None:
    """Add what is typed in the field ``key`` to the prompts of a class."""
    file = session.require_project().vocabulary_file
    st.session_state[state.ADDED_PROMPT] = (name, add_prompt(file, name, st.session_state[key]))
    st.session_state[key] = ""


@trouble.careful
def as_labels(name: str, ids: list[str]) -> None:
    """Label images with a class, in one batch."""
    labels = session.require_project().labels
    batch = labels.add([Event(i, name) for i in ids], session.annotator(), PLACE)
    label_bar.remember(PLACE, batch, label_bar.saved(len(ids), name))


def undo_rows() -> None:
    """Say what was done last with a group, each with the one step back."""
    label_bar.undo_row(PLACE)
    name, prompt = st.session_state.get(state.ADDED_PROMPT, ("", ""))
    if not prompt:
        return
    text, button = st.columns((6, 2), vertical_alignment="center")
    text.success(f"“{plain(prompt)}” is a prompt of {plain(name)} now; saved.")
    button.button(
        "Undo", key="suggest-prompt-undo", icon=":material/undo:", width="stretch",
        on_click=_undo_prompt,
    )  # fmt: skip


@trouble.careful
def _undo_prompt() -> None:
    name, prompt = st.session_state[state.ADDED_PROMPT]
    removed = remove_prompt(session.require_project().vocabulary_file, name, prompt)
    del st.session_state[state.ADDED_PROMPT]
    if not removed:
        raise WinnowError(f"The prompt “{prompt}” of {name} has been changed meanwhile: see Edit.")
