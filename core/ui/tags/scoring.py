"""The tags over the collection as this session has them scored, in the background."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.tags.tagged import Tagged
from core.services.tags.tagging import tagging_of
from core.tags.vocabulary import Tags
from core.ui.session import session, tasks
from core.ui.shared import progress
from core.ui.tags import state
from core.ui.widgets.text import plain

_KIND = "tags"
_PATIENCE = 5.0  # seconds in which most changes are scored; what takes longer shows its progress
_SHORT = 0.3  # where older scores can be shown


def scored(snapshot: Snapshot, tags: Tags) -> tuple[Tagged, bool]:
    """The tags over the pool, and whether they know all answers; computed in the background.

    With new answers the older scores serve until the newer ones are there, see ``follow``; without
    any the page shows the progress and ends here.
    """
    tagging = tagging_of(session.require_project())
    base: Hashable = (snapshot.key, snapshot.pool.version, tags)
    now = tagging.labels.version()
    older = _older(base)
    if older is not None and older[0] == now:
        return older[1], True
    patience = _PATIENCE if older is None else _SHORT
    task, asked = tasks.task(_KIND, snapshot.key), st.session_state.get(state.SCORES_ASKED)
    ours = asked is not None and asked[:2] == (base, now) and asked[2] is task
    if task is not None and task.running and not ours:
        task.wait(patience)  # another session's, or one of what has changed since
        older = _older(base)
    if task is None or not (ours or task.running):
        task = tasks.start(
            _KIND, snapshot.key, "Tags", lambda report: tagging.score(snapshot, tags, report)
        )
        st.session_state[state.SCORES_ASKED] = (base, now, task)
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
    st.session_state.pop(state.SCORES_ASKED, None)


def _older(base: Hashable) -> tuple[Hashable, Tagged] | None:
    """The newest scores of these tags that this session has or waits for, with their answers."""
    asked = st.session_state.get(state.SCORES_ASKED)
    if asked is not None and asked[0] == base and asked[2].status.state == "done":
        st.session_state[state.SCORES] = (base, asked[1], asked[2].result)
    scores = st.session_state.get(state.SCORES)
    return scores[1:] if scores is not None and scores[0] == base else None


def follow(snapshot: Snapshot) -> None:
    """Draw the page anew when the newest answers have been learned."""

    def learned() -> bool:
        task = tasks.task(_KIND, snapshot.key)
        return task is None or not task.running

    session.follow(
        learned,
        0.5,
        lambda: st.caption("The newest answers are being learned; the numbers follow in a moment."),
    )
