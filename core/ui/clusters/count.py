"""The number of clusters on the Clusters page: a slider, and the offer to choose it."""

from __future__ import annotations

import streamlit as st

from core.learn.groups.clusters import suggest_k
from core.project.pool import Pool
from core.project.project import Project
from core.services.clusters import count
from core.ui.session import work
from core.ui.widgets.text import plain

_K, _WANTED, _CHOSEN = "map-k", "map-k-wanted", "map-k-chosen"
_WHY = (
    "Clusters samples of the images again and again, each time with half of them exchanged, and "
    "takes the largest number whose clusters come out most alike. In the background."
)


def draw(project: Project, pool: Pool, classes: int) -> int:
    """Draw slider and button; returns the number of clusters."""
    task = work.task("cluster-count", project)
    running = task is not None and task.running
    if st.session_state.get(_WANTED) and task is not None and not running:
        del st.session_state[_WANTED]
        if task.result is not None:
            chosen: count.Choice = task.result
            st.session_state[_K] = chosen.k
            st.session_state[_CHOSEN] = chosen
        elif task.status.error:
            st.error(plain(task.status.error))
    most = max(2, min(200, len(pool)))
    field, act = st.columns([5, 3], vertical_alignment="bottom")
    k = field.slider(
        "Number of clusters", 1, most, min(suggest_k(len(pool), classes), most), key=_K,
        bind="query-params", help="Groups of look-alike images (k-means), whatever their class.",
    )  # fmt: skip
    act.button(
        "Choosing…" if running else "Choose for me", key="map-k-choose", help=_WHY,
        icon=":material/auto_awesome:", width="stretch", on_click=_start, args=(project,),
        disabled=running or len(pool) < count.LEAST_IMAGES,
    )  # fmt: skip
    made: count.Choice | None = st.session_state.get(_CHOSEN)
    if made is not None and made.k == k:
        tried = sorted(made.scores)
        st.caption(
            f"{k} clusters: the most repeatable between {tried[0]} and {tried[-1]}.", help=_WHY
        )
    return int(k)


def _start(project: Project) -> None:
    work.start_cluster_count(project)
    st.session_state[_WANTED] = True
