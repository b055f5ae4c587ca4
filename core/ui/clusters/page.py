"""Clusters: a map of all images; draw around points to see and label them."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.learn.predictions import Predictions
from core.map.layout import ARRANGED
from core.project.snapshot import Snapshot
from core.services.clusters.clustering import clusters_of
from core.services.clusters.layout import Layout, read_layout
from core.services.data.metadata.columns import series
from core.ui.clusters import count, filters, panel, selection, waiting
from core.ui.clusters import map as map_element
from core.ui.clusters.colouring import choices, colouring, title_of
from core.ui.clusters.state import GROUP, MAP
from core.ui.clusters.view import View
from core.ui.session import quiet, session
from core.ui.shared.columns import grouping, listing

_MAP = 1.5  # seconds that a browser takes to draw the map for the first time


def show() -> None:
    """Draw the page."""
    st.title("Clusters")
    snapshot, predictions = session.require_view()
    layout = read_layout(snapshot)
    if layout is None:
        waiting.wait_for_map(snapshot)
        return
    waiting.warn_of_drift(snapshot, layout)
    quiet.takes(_MAP)
    view = _view(snapshot, predictions, layout)
    selected = selection.selected(view)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if len(snapshot) > ARRANGED:
            st.caption(
                f"{ARRANGED:,} images drawn at random were arranged; each of the others lies "
                "among the ten of them that it is most like."
            )
        map_element.draw(MAP, view, snapshot.pool.rows_of(selected))
    with right:
        panel.draw(view, selected)


def _view(snapshot: Snapshot, predictions: Predictions, layout: Layout) -> View:
    """Draw the fields above the map; returns what they ask for."""
    columns = {
        column: partial(series, snapshot, name) for column, name in listing.of(snapshot).items()
    }
    first, groups, second, third = st.columns([3, 3, 7, 3], vertical_alignment="bottom")
    by = first.selectbox(
        "Colour by", choices(snapshot.pool, snapshot.others, columns, not snapshot.tree.is_flat),
        format_func=title_of, key="map-by", bind="query-params",
    )  # fmt: skip
    group_by = grouping.choose(snapshot, GROUP, predictions, groups)
    with second:
        k = count.draw(snapshot)
    count.draw_choice(k)
    with st.spinner("Clustering…"):
        clusters = clusters_of(snapshot, k)
    with third:
        visible = filters.draw(snapshot, predictions, clusters)
    colours = colouring(
        by, snapshot.pool, predictions, clusters, snapshot.others, columns, snapshot.tree
    )
    grouped = None
    if group_by is not None:
        rows = np.arange(len(snapshot)) if visible is None else np.flatnonzero(visible)
        grouped = (rows, group_by.groups(rows))
    return View(snapshot, predictions, layout, k, clusters, colours, visible, grouped)
