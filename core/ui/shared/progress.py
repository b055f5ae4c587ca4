"""Work in the background on a page: its progress, a way to stop it, and the redraw at its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.progress import Report, Status, duration
from core.ui.session import fitting, session, tasks
from core.ui.widgets.text import plain

T = TypeVar("T")


def watch(task: Task) -> None:
    """A running task on a page; when it ends the page is drawn anew."""
    session.follow(lambda: not task.running, 1.0, lambda: draw_task(task, "page"))


def result_of(
    kind: str, snapshot: Snapshot, basis: object, title: str, work: Callable[[Report], T]
) -> T | None:
    """The result of work behind a page, one of a kind at a time; None while it lasts, with its
    progress, and where it failed, with the reason and a button that begins it again.

    Args:
        basis: all that the result follows from.
    """
    task = tasks.task(kind, snapshot.key)
    if task is None or (task.result is not None and task.result[0] != basis):
        tasks.forget(kind, snapshot.key)
        task = tasks.start(
            kind, snapshot.key, title, tasks.patiently(lambda report: (basis, work(report)))
        )
    if task.running:
        watch(task)
        return None
    if task.result is None:
        st.error(plain(task.status.error or "It was stopped."))
        st.button(
            f"{title} again", key=f"{kind}-again", on_click=tasks.forget, args=(kind, snapshot.key)
        )
        return None
    return cast("T", task.result[1])


def draw_task(task: Task, place: str) -> None:
    """A task's progress with a button that stops it."""
    status = task.status
    st.progress(status.share, text=plain(f"{task.title}: {describe(status)}"))
    if st.button(
        "Stop", key=f"stop-{task.key}-{place}", icon=":material/stop_circle:", on_click=task.cancel
    ):
        st.toast("Stopping after the step in hand; what is finished is kept.")


def of_learning(snapshot: Snapshot, shown: Predictions) -> bool:
    """Whether the first fit to the labels is under way; said in place of what follows from it.

    The page is drawn anew when it is done.
    """
    if not fitting.stands_in(snapshot, shown):
        return False
    project, since = session.require_project(), time.monotonic()

    def show() -> None:
        st.info(
            "Your labels are being learned, which takes a while with so many images and classes. "
            "What follows from them comes here by itself; other pages can be used meanwhile.",
            icon=":material/hourglass_top:",
        )
        st.caption(f"{time.monotonic() - since:.0f} seconds so far")

    session.follow(lambda: session.is_learned(project, snapshot.classes), 0.5, show)
    return True


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
