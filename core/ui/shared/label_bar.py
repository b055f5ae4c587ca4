"""Give selected images a class, remember them as one batch, take the batch back.

A page names the place where this happens, such as "map"; the keys of the widgets begin with it,
and each place remembers its own last batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.store.labels.base import Event
from core.ui.session import session, trouble
from core.ui.shared.state import BATCHES
from core.ui.widgets.text import plain


@dataclass(frozen=True)
class Batch:
    """What was labeled last in one place: its id in the label store, and Markdown that says it."""

    id: str
    text: str


def class_field(container: Any, place: str, names: Sequence[str], title: str) -> None:
    """The field for the class that the images are to get."""
    container.selectbox(
        title, names, index=None, key=_class_key(place),
        placeholder=title if names else "No classes yet: see Prompts",
        label_visibility="collapsed", disabled=not names,
    )  # fmt: skip


def label_button(
    container: Any,
    place: str,
    ids: list[str],
    source: str,
    text: str,
    help: str = "Saved at once, undone in one step. Press a picture to leave it out.",
    then: Callable[[Batch], object] = lambda batch: None,
) -> None:
    """The button that gives images the class in the place's field.

    Args:
        source: what the label store notes as the origin.
        then: called once the labels are on disk, before the page is drawn anew.
    """
    container.button(
        text, key=f"{place}-label", width="stretch", on_click=_label,
        args=(place, ids, source, then), help=help,
        disabled=not ids or not st.session_state.get(_class_key(place)),
    )  # fmt: skip


@trouble.careful
def _label(place: str, ids: list[str], source: str, then: Callable[[Batch], object]) -> None:
    name = st.session_state.get(_class_key(place))
    if name and ids:
        events = [Event(i, name) for i in ids]
        batch = session.require_project().labels.add(events, session.annotator(), source)
        then(remember(place, batch, saved(len(ids), name)))


def saved(count: int, name: str) -> str:
    """That so many images were labeled with a class, as Markdown."""
    return f"{count:,} {'image' if count == 1 else 'images'} labeled {plain(name)}; saved."


def remember(place: str, batch: str, text: str) -> Batch:
    """Make a batch of labels the last one of a place; ``text`` is Markdown."""
    last = Batch(batch, text)
    st.session_state[BATCHES] = st.session_state.get(BATCHES, {}) | {place: last}
    return last


def undo_row(place: str, widths: tuple[int, int] = (6, 2), **look: Any) -> None:
    """Say what was labeled last in a place, with the one step back; nothing after that step.

    Args:
        widths: of the text and of the button, relative to each other.
        look: how the button looks, as ``st.button`` takes it.
    """
    last: Batch | None = st.session_state.get(BATCHES, {}).get(place)
    if last is None:
        return
    text, button = st.columns(widths, vertical_alignment="center")
    text.success(last.text)
    look = look or {"width": "stretch", "icon": ":material/undo:"}
    button.button("Undo", key=f"{place}-undo", on_click=_undo, args=(place,), **look)


@trouble.careful
def _undo(place: str) -> None:
    last: Batch | None = st.session_state.get(BATCHES, {}).get(place)
    if last is not None:
        session.require_project().labels.undo(last.id, session.annotator())
        del st.session_state[BATCHES][place]


def _class_key(place: str) -> str:
    return f"{place}-class"
