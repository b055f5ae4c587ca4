"""Clusters: a map of all images; draw around points to see and label them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.services.clusters import cards as overview
from core.services.clusters.layout import Layout
from core.ui.clusters import cards, count, data, filters
from core.ui.clusters import map as map_element
from core.ui.clusters.colouring import choices, colouring, title_of
from core.ui.clusters.parts import Details
from core.ui.session import session, work
from core.ui.shared import picks, progress, selection
from core.ui.shared.selection import CARDS, ELEMENT, PICKS
from core.ui.widgets.text import plain

PANEL = 560


def wait_for_map() -> None:
    """Start the map on the first visit or for new images; after a stop or failure, on demand."""
    task = work.task("map", project)
    if task is None or task.status.state == "done":
        task = work.start_layout(project)
        task.wait(1.0)  # a few new images are placed at once
        if task.status.state == "done":
            st.rerun()
    if task.running:
        st.info("The map is being computed; you can go on working on other pages.")
        progress.watch(task)
        return
    if task.status.error:
        st.error(plain(task.status.error))
    st.info(f"The map of these {len(pool):,} images has not been computed yet.")
    st.button(
        "Compute the map", type="primary", key="map-start", on_click=work.start_layout,
        args=(project,),
    )  # fmt: skip


def say_drift(layout: Layout) -> None:
    if not layout.drifted:
        return
    told, act = st.columns([5, 2], vertical_alignment="center")
    told.warning(
        f"{int(layout.placed.sum()):,} images came after the map was made; "
        f"{int(layout.far.sum()):,} of them are unlike anything on it. Their places tell little."
    )
    act.button(
        "Compute the map anew", key="map-afresh", width="stretch", on_click=work.start_layout,
        args=(project, True),
    )  # fmt: skip


def show_selection(chosen: list[str]) -> None:
    out = picks.left_out(PICKS, chosen)
    kept = [image_id for image_id in chosen if image_id not in out]
    without = f", {len(chosen) - len(kept):,} left out" if len(kept) < len(chosen) else ""
    head, close = st.columns([5, 2], vertical_alignment="center")
    head.markdown(f"**{len(chosen):,} selected**{without}")
    close.button(
        "Clear", key="map-clear", on_click=selection.choose, args=([],), width="stretch",
        icon=":material/close:",
    )  # fmt: skip
    name, act = st.columns([5, 2], vertical_alignment="bottom")
    name.selectbox(
        "Class for all of them", predictions.names, index=None, key="map-class",
        placeholder="Class for all of them", label_visibility="collapsed",
    )  # fmt: skip
    act.button(
        f"Label {len(kept):,}", type="primary", key="map-label", width="stretch",
        on_click=picks.label_all, args=(project, kept, "map-class"),
        disabled=not st.session_state.get("map-class") or not kept,
        help="Saved at once, undone in one step. Press a picture to leave it out.",
    )  # fmt: skip
    with st.container(height=PANEL, border=False):
        picks.grid(PICKS, project, pool, predictions, chosen)


def show_cards() -> None:
    order = st.segmented_control(
        "Clusters", ["mixed first", "largest first"], default="mixed first", key="map-order",
        required=True, label_visibility="collapsed", help="Press a cluster to see all of it.",
    )  # fmt: skip
    told = data.story(project, vocabulary, predictions, k)
    with st.container(height=PANEL + 48, border=False):
        shown = data.pictures(project, pool, k)
        made = overview.cards(predictions, clusters, shown, order, *told)
        cards.draw(CARDS, project, pool, predictions.names, made)


st.title("Clusters")
project, pool, vocabulary, predictions = session.require_predictions()
layout = data.layout(project, pool)
if layout is None:
    wait_for_map()
    st.stop()
say_drift(layout)
first, second, third = st.columns([3, 8, 3], vertical_alignment="bottom")
by = first.selectbox(
    "Colour by", choices(pool), format_func=title_of, key="map-by", bind="query-params"
)
with second:
    k = count.draw(project, pool, len(vocabulary.names))
clusters = data.clusters(project, pool, k)
with third:
    visible = filters.draw(pool, predictions, clusters)
colours = colouring(by, pool, predictions, clusters)
selected = selection.chosen(project, pool, layout, clusters, colours.codes, visible)
left, right = st.columns([3, 2], gap="medium")
with left:
    map_element.draw(
        ELEMENT, project, layout.points, colours, visible,
        np.array([pool.rows[i] for i in selected], dtype=np.int64),
        Details(pool, predictions, clusters),
    )  # fmt: skip
with right:
    picks.undo_bar(project)
    if selected:
        show_selection(selected)
    elif visible is not None and visible.any():
        rows = np.flatnonzero(visible)
        st.button(
            f"Select the {len(rows):,} filtered images", key="map-take", on_click=selection.choose,
            args=([pool.ids[row] for row in rows],), icon=":material/select_all:",
        )  # fmt: skip
        show_cards()
    else:
        show_cards()
