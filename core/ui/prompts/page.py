"""Prompts: classes and their sentences, with what each would take shown while they are typed."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.prompts.workbench import Bench
from core.store.people.roles import CLASSES
from core.ui.prompts import (
    editing,
    flips,
    groups,
    open_class,
    panels,
    refining,
    repair,
    state,
    suggestions,
    table,
    toolbar,
    words,
)
from core.ui.prompts.none_class import switch
from core.ui.session import behind, quiet, rights, session, trouble
from core.ui.shared import strip
from core.ui.widgets.text import plain

FEW = 3
"""Classes up to which all are open; of more there is a table, and one is open."""
EDIT, COMPARE, REFINE, SUGGEST = "Edit", "Compare versions", "Refinement", "Suggestions"
WORDS = "Words"
_COMPARING = "The images are being compared with all classes; what each takes follows in a moment."


def show() -> None:
    """Draw the page."""
    st.title("Prompts")
    rights.remark(CLASSES)
    if repair.needed():
        return
    snapshot = session.require_snapshot()
    mode = st.segmented_control(
        "View", [EDIT, COMPARE, REFINE, SUGGEST, WORDS], default=EDIT, required=True,
        key=state.VIEW, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if mode == EDIT:
        _workbench()
        return
    editing.show_error()
    views = {
        COMPARE: flips.show,
        REFINE: refining.show,
        SUGGEST: suggestions.show,
        WORDS: words.show,
    }
    views[mode](snapshot)


@trouble.fragment
def _workbench() -> None:
    """The tools, and below them the classes."""
    file, snapshot = session.require_project().vocabulary_file, session.require_snapshot()
    st.session_state[state.TOOLS] = toolbar.show(file, snapshot)
    switch.show(snapshot)
    _classes()


@trouble.fragment
def _classes() -> None:
    """The classes with what they take; drawn alone after an edit, so of a moment of its own."""
    quiet.page_asked()  # as a page: what learns behind would double the time until its figures
    with quiet.drawing():
        _draw_classes()


def _draw_classes() -> None:
    unsaved = editing.unsaved()
    file, snapshot = session.require_project().vocabulary_file, session.require_snapshot()
    if st.session_state[state.TOOLS] != toolbar.state_of(file, snapshot):
        session.draw_anew()  # what the tools can do is not the same any more
    if not strip.shows(snapshot):
        session.draw_anew()
    panels.ask()
    editing.show_error()
    suggestions.offer_labeled(snapshot)
    classes, shown, scored = snapshot.classes, snapshot, None
    if problem := classes.problem():
        st.info(plain(problem))
    else:
        suggestions.offer_family(classes)
        shown, scored = behind.preview(snapshot)
        st.caption(_COMPARING if scored is None else _summary(snapshot, scored))
    names = classes.names
    if len(names) <= FEW:
        for index in range(len(names)):
            open_class.show(shown, index, scored, unsaved)
        return
    name = table.opened(names)
    side, opened = st.columns([4, 8])
    with side:
        table.show(shown, scored, name, groups.dropped)
    with opened:
        open_class.show(shown, names.index(name), scored, unsaved)


def _summary(snapshot: Snapshot, scored: Bench) -> str:
    agree = scored.agreement.sentence()
    if scored.whole is not None:
        part = len(scored.lead.taken)
        agree = f"From {part:,} of them drawn at random, until all are scored. {agree}"
    return f"What the prompts alone say of {len(snapshot):,} images; every edit is saved. {agree}"
