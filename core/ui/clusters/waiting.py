"""The Clusters page while it has no map of all images, or one that has grown old."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.clusters.layout import Layout
from core.ui.clusters.tasks import MAP, start_map
from core.ui.session import session, tasks
from core.ui.shared import progress
from core.ui.widgets.text import plain


def wait_for_map(snapshot: Snapshot) -> None:
    """Start the map on the first visit or for new images; after a stop or failure, on demand."""
    task = tasks.task(MAP, snapshot.key)
    if task is None or task.status.state == "done":
        task = start_map(snapshot)
        task.wait(1.0)  # a few new images are placed at once
        if task.status.state == "done":
            session.draw_anew()
    if task.running:
        st.info("The map is being computed; you can go on working on other pages.")
        progress.watch(task)
        return
    if task.status.error:
        st.error(plain(task.status.error))
    st.info(f"The map of these {len(snapshot):,} images has not been computed yet.")
    st.button("Compute the map", key="map-start", on_click=_start, args=(snapshot,))


def warn_of_drift(snapshot: Snapshot, layout: Layout) -> None:
    """Offer a new map where much of this one came after it was made."""
    if not layout.drifted:
        return
    text, act = st.columns([5, 2], vertical_alignment="center")
    text.warning(
        f"{int(layout.placed.sum()):,} images came after the map was made; "
        f"{int(layout.far.sum()):,} of them are unlike anything on it. Their places tell little."
    )
    act.button(
        "Compute the map anew", key="map-afresh", width="stretch", on_click=_start,
        args=(snapshot, True),
    )  # fmt: skip


def _start(snapshot: Snapshot, afresh: bool = False) -> None:
    start_map(snapshot, afresh)
