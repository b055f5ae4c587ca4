"""Work in the background on a page: its progress, a way to stop it, and the redraw at its end."""

from __future__ import annotations

import streamlit as st

from core.runtime.background import Task
from core.runtime.progress import Status, duration
from core.ui.session import session
from core.ui.widgets.text import plain


def watch(task: Task) -> None:
    """A running task on a page; when it ends the page is drawn anew."""
    session.follow(lambda: not task.running, 1.0, lambda: draw_task(task, "page"))


def draw_task(task: Task, place: str) -> None:
    """A task's progress with a button that stops it."""
    status = task.status
    st.progress(status.share, text=plain(f"{task.title}: {describe(status)}"))
    if st.button(
        "Stop", key=f"stop-{task.key}-{place}", icon=":material/stop_circle:", on_click=task.cancel
    ):
        st.toast("Stopping after the step in hand; what is finished is kept.")


def describe(status: Status) -> str:
    """A status in a line: step, count, speed, time left."""
    parts = [status.step.lower() or "starting"]
    if status.fraction is not None:
        parts.append(f"{status.fraction:.0%}")
    elif status.total:
        parts.append(f"{status.done:,} of {status.total:,}")
    elif status.done:
        parts.append(f"{status.done:,}")
    if status.total > 1 and status.done and status.rate >= 1:
        parts.append(f"{status.rate:,.0f}/s")
    if status.seconds_left is not None and status.total > 1:
        parts.append(f"{duration(status.seconds_left)} left")
    if status.note:
        parts.append(status.note)
    return " · ".join(parts)
