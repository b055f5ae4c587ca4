"""One class of the workbench: its name and prompts, what it takes, what can be done with it."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.data.texts.telling import class_words
from core.services.prompts.workbench import Bench, worth
from core.ui.prompts import bench as elements
from core.ui.prompts import editing, groups, panels, state
from core.ui.prompts.none_class import panel
from core.ui.session import trouble
from core.ui.widgets.text import plain


def show(snapshot: Snapshot, index: int, scored: Bench | None, unsaved: str) -> None:
    """Draw one class.

    Args:
        scored: None while there are no scores.
        unsaved: why what was typed last could not be saved; "" when it was.
    """
    name, prompts = snapshot.classes.classes[index]
    if name == snapshot.classes.none:
        panel.show(snapshot, index, scored)
        return
    with st.container(border=True, key=f"class-{name}"):
        _head(snapshot, index)
        panels.show(snapshot, name)
        edit, figures = st.columns([4, 3])
        with edit:
            elements.prompt_editor(state.prompts_field(name), name, prompts, unsaved)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                detail = st.toggle("What each prompt is worth", key=f"worth-{name}")
                groups.show(snapshot, name)
        if scored is None:
            return
        shown = scored.preview(index, elements.STRIP)
        with figures:
            elements.show_figures(index, shown, scored)
        elements.show_strips(snapshot, shown, scored.column(index))
        _words(snapshot, index, scored)
        if detail:
            elements.show_contributions(snapshot, name, worth(snapshot, index))


def _words(snapshot: Snapshot, index: int, scored: Bench) -> None:
    """What the words that people brought say most of the class's images; nothing without any."""
    # What is taken is remembered, and the same as long as the prompts are.
    taken, basis = scored.lead.taken, scored.lead
    with trouble.in_place():
        if own := class_words(snapshot, lambda: taken, len(snapshot.names), basis)[index]:
            st.caption(
                f"words: {plain(', '.join(own))}",
                help="Of the columns and captions that you imported: words that these images have "
                "more often than others.",
            )


def _head(snapshot: Snapshot, index: int) -> None:
    """The name, and beside it what can be done with the class."""
    name, count = snapshot.names[index], len(snapshot.names)
    key, place = state.name_field(name), state.part_field("place", name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        st.text_input("Class", name, key=key, on_change=editing.rename, args=(name, key))
        if count > 1:
            st.session_state.setdefault(place, index + 1)
            if st.session_state[place] != index + 1:
                st.session_state[place] = index + 1
            st.number_input(
                "Place", 1, count, key=place, on_change=editing.move, args=(name, place), width=80,
            )  # fmt: skip
        st.button(
            "Merge", key=f"merge-{name}", icon=":material/merge:", on_click=panels.toggle,
            args=("merge", name), disabled=count < 2, help="Make one class of this and others.",
        )  # fmt: skip
        st.button(
            "Split", key=f"split-{name}", icon=":material/call_split:", on_click=panels.toggle,
            args=("split", name), help="Make several classes of this one.",
        )  # fmt: skip
        st.button(
            "", icon=":material/delete:", key=f"remove-{name}", on_click=editing.remove,
            args=(name,), help=f"Remove the class {plain(name)}; Undo brings it back.",
        )  # fmt: skip
