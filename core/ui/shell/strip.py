"""The strip above each page: its figures, and the one coloured button, which leads to the next
step."""

from __future__ import annotations

import streamlit as st

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.data.stage import Stage, Step
from core.ui.data.tasks import SCAN
from core.ui.session import session, tasks
from core.ui.shared import strip
from core.ui.shared.state import NEXT_STEP, STRIP
from core.ui.shell import others

_WAYS = {
    Step.EMBED: ("data", "Embed the images"),
    Step.CLASSES: ("prompts", "Write classes"),
    Step.LABEL: ("label", "Label images"),
    Step.EXPORT: ("export", "Export"),
}
"""Where a step is done, and what its button says."""


def draw(page: str) -> None:
    """Draw the strip.

    Args:
        page: the name of the page below it, "data": a step that is done there needs no button.
    """
    st.session_state[NEXT_STEP] = Step.OPEN
    st.session_state.pop(STRIP, None)
    project = session.current()
    if project is None:
        return
    try:
        snapshot = project.snapshot(_classes(project))
    except WinnowError:  # the page below says it, with the way out
        others.follow(project)
        return
    with st.container(
        key="strip", horizontal=True, vertical_alignment="center", gap="medium", wrap=False
    ):
        reached = strip.draw(snapshot, _files(project))
        st.session_state[NEXT_STEP] = reached.next
        _way(reached, page)
    others.follow(project)


def _files(project: Project) -> int:
    """Images in the folder as the last scan saw it; 0 before there was one."""
    task = tasks.task(SCAN, project.workspace.collection.key)
    return task.result.files if task is not None and task.result is not None else 0


def _classes(project: Project) -> Vocabulary:
    """The question's classes; none while their file is damaged, which its page says."""
    try:
        return project.classes()
    except WinnowError:
        return Vocabulary()


def _way(reached: Stage, page: str) -> None:
    where, text = _WAYS.get(reached.next, ("", ""))
    if not where or where == page:
        return
    if st.button(text, type="primary", key="strip-next", icon=":material/arrow_forward:",
                 icon_position="right"):  # fmt: skip
        st.switch_page(f"../../../pages/{where}.py")
