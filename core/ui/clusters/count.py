"""The number of clusters on the Clusters page: a slider, and the offer to choose it."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.clusters import count
from core.services.clusters.clustering import most_of, usual_number
from core.ui.clusters import state
from core.ui.clusters.tasks import COUNT, start_count
from core.ui.session import session, tasks
from core.ui.shared import progress
from core.ui.widgets.text import plain

_WHY = (
    "Clusters samples of the images again and again, each time with half of them exchanged, and "
    "takes the largest number whose clusters come out most alike. In the background."
)


def draw(snapshot: Snapshot) -> int:
    """Draw slider and button; returns the number of clusters."""
    task = _take_outcome(snapshot)
    images = len(snapshot)
    field, act = st.columns([5, 3], vertical_alignment="bottom")
    k = field.slider(
        "Number of clusters", 1, most_of(snapshot), usual_number(snapshot),
        key=state.COUNT, bind="query-params",
        help="Groups of look-alike images (k-means), whatever their class.",
    )  # fmt: skip
    with act:
        if task is not None:
            session.follow(lambda: not task.running, 1.0, lambda: _stop(task))
        else:
            st.button(
                "Choose for me", key="map-k-choose", help=_WHY, icon=":material/auto_awesome:",
                width="stretch", on_click=_start, args=(snapshot,),
                disabled=images < count.LEAST_IMAGES,
            )  # fmt: skip
    return int(k)


def draw_choice(k: int) -> None:
    """Say where the number ``k`` comes from, if it was worked out."""
    made: count.Choice | None = st.session_state.get(state.COUNT_CHOICE)
    if made is not None and made.k == k:
        tried = sorted(made.scores)
        st.caption(
            f"{k} clusters: the most repeatable between {tried[0]} and {tried[-1]}.", help=_WHY
        )


def _stop(task: Task) -> None:
    """How far the search is, in the place of the button that started it; pressed, it stops."""
    status = task.status
    of = f" · {status.done} of {status.total}, {status.note}" if status.total else ""
    st.button(
        f"Stop{of}", key="map-k-stop", icon=":material/stop_circle:", width="stretch",
        on_click=task.cancel, help=progress.describe(status),
    )  # fmt: skip


def _take_outcome(snapshot: Snapshot) -> Task | None:
    """Put the number that was asked for into the slider; returns the search while it runs."""
    task = tasks.task(COUNT, snapshot.key)
    if task is not None and task.running:
        return task
    if st.session_state.get(state.COUNT_ASKED) and task is not None:
        del st.session_state[state.COUNT_ASKED]
        if task.result is not None:
            choice: count.Choice = task.result
            st.session_state[state.COUNT] = choice.k
            st.session_state[state.COUNT_CHOICE] = choice
        elif task.status.error:
            st.error(plain(task.status.error))
    return None


def _start(snapshot: Snapshot) -> None:
    start_count(snapshot)
    st.session_state[state.COUNT_ASKED] = True
