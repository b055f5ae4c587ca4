"""The tags of this session: changed, kept, scored, taken back."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.tags.tagging import Tagged
from core.tags.vocabulary import Tags
from core.ui.session import session, work
from core.ui.shared import progress
from core.ui.widgets.text import plain

ERROR = "tags-error"
CHOSEN = "tag"
CODE = (
    "<style>.st-key-sql textarea,.st-key-tags-text textarea"
    "{font-family:ui-monospace,Consolas,monospace;font-size:14px}</style>"
)
"""Code stands in letters of one width."""
_PAST, _KNOWN, _WANTED = "tags-past", "tags-known", "tags-wanted"
_MOST_STEPS = 100
_PATIENCE = 5.0  # seconds in which most changes are scored; what takes longer shows its progress
_SHORT = 0.3  # where older scores can be shown


def change(project: Project, edit: Callable[[Tags], Tags]) -> None:
    """Change the tags and keep them; what cannot be kept is said on the page and changes nothing.

    For callbacks of widgets.
    """
    tagging = project.tagging()
    try:
        before = tagging.tags()
        after = edit(before)
        if after != before:
            after = tagging.save(after)
            remember(before, after)
    except WinnowError as error:
        st.session_state[ERROR] = str(error)


def remember(before: Tags, after: Tags) -> None:
    """Make a change one that can be taken back."""
    past = [*st.session_state.get(_PAST, []), (before, after)]
    st.session_state[_PAST] = past[-_MOST_STEPS:]


def undo(project: Project) -> None:
    """Go back before the last change of this session."""
    past = st.session_state.get(_PAST, [])
    if past:
        before, _ = past[-1]
        project.tagging().save(before)
        st.session_state[_PAST] = past[:-1]


def can_undo(tags: Tags) -> bool:
    """Whether the last change of this session is still the last of all."""
    past = st.session_state.get(_PAST, [])
    return bool(past) and past[-1][1] == tags


def say_error() -> None:
    """Say once what went wrong in a callback."""
    if error := st.session_state.pop(ERROR, None):
        st.error(plain(error))


def scored(project: Project, tags: Tags) -> tuple[Tagged, bool]:
    """The tags over the pool, and whether they know all answers; computed in the background.

    With new answers the older scores serve until the newer ones are there, see ``follow``; without
    any the page shows the progress and ends here.
    """
    base: Hashable = (project.key, project.pool().version, tags)
    now = project.tagging().labels.version()
    older = _older(base)
    if older is not None and older[0] == now:
        return older[1], True
    patience = _PATIENCE if older is None else _SHORT
    task, wanted = work.task("tags", project), st.session_state.get(_WANTED)
    ours = wanted is not None and wanted[:2] == (base, now) and wanted[2] is task
    if task is not None and task.running and not ours:
        task.wait(patience)  # another session's, or one of what has changed since
        older = _older(base)
    if task is None or not (ours or task.running):
        task = work.start_tags(project, tags)
        st.session_state[_WANTED] = (base, now, task)
        task.wait(patience)
    if task.status.state in ("failed", "cancelled"):
        st.error(plain(task.status.error or "Scoring the tags was stopped."))
        st.button("Try again", key="tags-again", on_click=_forget_task)
        st.stop()
    newest = _older(base)
    if newest is None:
        st.info("The tags are being scored; you can go on working on other pages.")
        progress.watch(task)
        st.stop()
    return newest[1], newest[0] == now


def _forget_task() -> None:
    st.session_state.pop(_WANTED, None)


def _older(base: Hashable) -> tuple[Hashable, Tagged] | None:
    """The newest scores of these tags that this session has or waits for, with their answers."""
    wanted = st.session_state.get(_WANTED)
    if wanted is not None and wanted[0] == base and wanted[2].status.state == "done":
        st.session_state[_KNOWN] = (base, wanted[1], wanted[2].result)
    known = st.session_state.get(_KNOWN)
    return known[1:] if known is not None and known[0] == base else None


def follow(project: Project) -> None:
    """Draw the page anew when the newest answers have been learned."""

    def learned() -> bool:
        task = work.task("tags", project)
        return task is None or not task.running

    session.follow(
        learned,
        0.5,
        lambda: st.caption("The newest answers are being learned; the numbers follow in a moment."),
    )
