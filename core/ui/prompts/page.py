"""Prompts: classes and their sentences, with what each would take shown while they are typed."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.prompts import vocabulary as vocabularies
from core.services.prompts.workbench import Bench, bench, worth
from core.ui.prompts import bench as elements
from core.ui.prompts import editing, flips, repair, state, suggestions
from core.ui.session import session, trouble
from core.ui.widgets.text import plain

PER_PAGE = 10
EDIT, COMPARE, SUGGEST = "Edit", "Compare versions", "Suggestions"


def show() -> None:
    """Draw the page."""
    st.title("Prompts")
    if repair.needed():
        return
    snapshot = session.require_snapshot()
    mode = st.segmented_control(
        "View", [EDIT, COMPARE, SUGGEST], default=EDIT, required=True, key=state.VIEW,
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if mode == EDIT:
        _workbench()
        return
    editing.show_error()
    if mode == COMPARE:
        flips.show(snapshot)
    else:
        suggestions.show(snapshot)


@trouble.fragment
def _workbench() -> None:
    """The classes with what they take; drawn alone after an edit, so of a moment of its own."""
    unsaved = editing.unsaved()
    snapshot = session.require_snapshot()
    _toolbar(session.require_project().vocabulary_file, snapshot)
    editing.show_error()
    classes, scored = snapshot.classes, None
    if problem := classes.problem():
        st.info(plain(problem))
    else:
        suggestions.offer_family(classes)
        scored = bench(snapshot, elements.STRIP)
        st.caption(_summary(snapshot, scored))
    pages = -(-len(classes.classes) // PER_PAGE)
    start = (st.pagination(pages, key="prompts-page") - 1) * PER_PAGE if pages > 1 else 0
    for index in range(start, min(start + PER_PAGE, len(classes.classes))):
        with st.container(border=True, key=f"class-{classes.names[index]}"):
            _class(snapshot, index, scored, unsaved)


def _toolbar(file: VocabularyFile, snapshot: Snapshot) -> None:
    tools = st.columns([6, 2, 2, 2], vertical_alignment="bottom")
    tools[0].text_input(
        "Add classes", key=state.NEW, placeholder="packaged, unpackaged", on_change=editing.add,
        help="Names with commas between them; each starts with prompts that you can change.",
    )  # fmt: skip
    tools[1].button(
        "Undo", icon=":material/undo:", key="prompts-undo", width="stretch",
        disabled=len(file.versions()) < 2, help="Back to the version before the last change.",
        on_click=editing.undo,
    )  # fmt: skip
    with tools[2].popover("Load", icon=":material/upload:", width="stretch"):
        st.file_uploader(
            "prompts.yaml", ["yaml", "yml"], key=state.FILE, on_change=editing.load,
            max_upload_size=4,
        )  # fmt: skip
    tools[3].download_button(
        "Download", vocabularies.dump(snapshot.classes), "prompts.yaml",
        icon=":material/download:", key="prompts-save", width="stretch",
        help="Download the classes as prompts.yaml.",
    )  # fmt: skip


def _summary(snapshot: Snapshot, scored: Bench) -> str:
    agree = ""
    if scored.labeled:
        agree = (
            f" They agree with {scored.right:,} of your {scored.labeled:,} labels "
            f"({scored.low:.0%}–{scored.high:.0%})."
        )
    return f"What the prompts alone say of {len(snapshot):,} images; every edit is saved.{agree}"


def _class(snapshot: Snapshot, index: int, scored: Bench | None, unsaved: str) -> None:
    """One class: its name and prompts beside what it takes.

    Args:
        scored: None while there are no scores.
        unsaved: why what was typed last could not be saved; "" when it was.
    """
    name, prompts = snapshot.classes.classes[index]
    edit, pictures = st.columns([2, 5])
    with edit:
        top = st.columns([5, 1], vertical_alignment="bottom")
        key = state.name_field(name)
        top[0].text_input("Class", name, key=key, on_change=editing.rename, args=(name, key))
        top[1].button(
            "", icon=":material/delete:", key=f"remove-{name}", on_click=editing.remove,
            args=(name,), help=f"Remove the class {plain(name)}; its labels are kept.",
        )  # fmt: skip
        elements.prompt_editor(state.prompts_field(name), name, prompts, unsaved)
        detail = st.toggle("What each prompt is worth", key=f"worth-{name}")
    with pictures:
        if scored is not None:
            elements.show_preview(snapshot, index, scored)
            if detail:
                elements.show_contributions(snapshot, worth(snapshot, index))
