"""Clusters: a map of all images; draw around points to see and label them."""

from __future__ import annotations

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.clusters.clustering import clusters_of
from core.services.clusters.layout import Layout, read_layout
from core.ui.clusters import count, filters, panel, selection, waiting
from core.ui.clusters import map as map_element
from core.ui.clusters.colouring import choices, colouring, title_of
from core.ui.clusters.state import MAP
from core.ui.clusters.view import View
from core.ui.session import session


def show() -> None:
    """Draw the page."""
    st.title("Clusters")
    snapshot, predictions = session.require_view()
    layout = read_layout(snapshot)
    if layout is None:
        waiting.wait_for_map(snapshot)
        return
    waiting.warn_of_drift(snapshot, layout)
    view = _view(snapshot, predictions, layout)
    selected = selection.selected(view)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        map_element.draw(MAP, view, snapshot.pool.rows_of(selected))
    with right:
        panel.draw(view, selected)


def _view(snapshot: Snapshot, predictions: Predictions, layout: Layout) -> View:
    """Draw the fields above the map; returns what they ask for."""
    first, second, third = st.columns([3, 8, 3], vertical_alignment="bottom")
    by = first.selectbox(
        "Colour by", choices(snapshot.pool, snapshot.others), format_func=title_of, key="map-by",
        bind="query-params",
    )  # fmt: skip
    with second:
        k = count.draw(snapshot)
    count.draw_choice(k)
    with st.spinner("Clustering…"):
        clusters = clusters_of(snapshot, k)
    with third:
        visible = filters.draw(snapshot.pool, predictions, clusters, snapshot.others)
    colours = colouring(by, snapshot.pool, predictions, clusters, snapshot.others)
    return View(snapshot, predictions, layout, k, clusters, colours, visible)
