"""The picker of the question in the sidebar, and what can be done to questions."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.questions import overview
from core.store import questions
from core.store.people.roles import ASK
from core.store.questions import Question
from core.ui.session import rights, session, trouble
from core.ui.widgets.text import plain

_PICKED, _NEW, _NAME = "question-picked", "question-new", "question-name"
"""Keys of the fields: which question, the name of a new one, another name for this one."""


def draw(project: Project) -> None:
    """Draw the picker; a choice makes another question this session's."""
    root, slug = project.workspace.root, project.question
    try:
        listed = questions.questions_of(root)
    except WinnowError as error:
        st.error(plain(error))
        return
    names = {question.slug: question.name for question in listed}
    st.session_state[_PICKED] = slug  # it may have been chosen elsewhere
    picker, more = st.columns([4, 1], vertical_alignment="bottom", gap="small")
    picker.selectbox(
        "Question", list(names), format_func=names.__getitem__, key=_PICKED, on_change=_switch,
        help="Each question has its own classes, labels, random images and exports. Images, "
        "vectors, captions and tags are shared.",
    )  # fmt: skip
    with more.popover("", icon=":material/more_vert:", key="question-menu"):
        _menu(project, next((one for one in listed if one.slug == slug), listed[0]), len(listed))


def _menu(project: Project, question: Question, count: int) -> None:
    if rights.remark(ASK):
        return
    st.text_input(
        "Ask another question", key=_NEW, placeholder="Which kind is it?", on_change=_add,
        help="It begins without classes and labels; nothing of this one changes.",
    )  # fmt: skip
    st.session_state.setdefault(_NAME, question.name)
    st.text_input("Rename this question", key=_NAME, on_change=_rename)
    gone = questions.questions_of(project.workspace.root, removed=True)
    if gone:
        st.markdown("**Removed**")
        for one in gone:
            st.button(
                f"Put back {plain(one.name)}", key=f"question-back-{one.slug}", on_click=_put_back,
                args=(one.slug,), width="stretch",
            )  # fmt: skip
    if count > 1:
        own = overview(project.workspace, question.name)
        st.caption(f"{own.labeled:,} images are labeled here, in {own.classes:,} classes.")
        st.button(
            "Remove this question", key="question-remove", on_click=_remove, width="stretch",
            icon=":material/delete:",
            help="Its classes and labels stay on the disk; it can be put back here.",
        )  # fmt: skip


@trouble.careful
def _switch() -> None:
    root = session.require_project().workspace.root
    session.switch_to(root, st.session_state[_PICKED])


@trouble.careful
def _add() -> None:
    # What was typed is dropped with the question of before, and its field may tell so afterwards.
    name = st.session_state.get(_NEW) or ""
    if not name.strip():
        return
    root = session.require_project().workspace.root
    added = questions.add(root, name)
    session.switch_to(root, added.slug)
    st.toast(f"The question {plain(added.name)} is added: write its classes on Prompts.")


@trouble.careful
def _rename() -> None:
    project = session.require_project()
    name = st.session_state.pop(_NAME, None)
    if name is None:
        return
    questions.rename(project.workspace.root, project.question, name)


@trouble.careful
def _remove() -> None:
    project = session.require_project()
    root = project.workspace.root
    questions.remove(root, project.question)
    session.switch_to(root)
    st.toast("The question is removed; the menu beside the picker puts it back.")


@trouble.careful
def _put_back(slug: str) -> None:
    root = session.require_project().workspace.root
    questions.put_back(root, slug)
    session.switch_to(root, slug)
