"""Clusters: a map of all images; select points to see and label them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.layouts import read_layout
from core.learn.clusters import suggest_k
from core.store.labels import Event
from core.ui import charts, session, sidebar, thumbs, work
from core.ui.text import plain

PER_PAGE = 60


def clear_selection() -> None:
    st.session_state["map-round"] = st.session_state.get("map-round", 0) + 1


def label_all(ids: list[str]) -> None:
    name = st.session_state["map-class"]
    if name:
        batch = project.labels.add([Event(i, name) for i in ids], session.annotator(), "map")
        st.session_state["map-batch"] = (batch, len(ids), name)


def undo_batch() -> None:
    batch = st.session_state.pop("map-batch")[0]
    project.labels.undo(batch, session.annotator())


def selection(chosen: list[str]) -> None:
    st.subheader(f"{len(chosen):,} selected")
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    left.selectbox("Class for all of them", predictions.names, index=None, key="map-class")
    middle.button(
        "Label all", type="primary", key="map-label", on_click=label_all, args=(chosen,),
        disabled=not st.session_state.get("map-class"), width="stretch",
    )  # fmt: skip
    right.button("Clear", key="map-clear", on_click=clear_selection, width="stretch")
    gallery(chosen, "selection")


def gallery(chosen: list[str], key: str) -> None:
    pages = -(-len(chosen) // PER_PAGE)
    start = (st.pagination(pages, key=f"pages-{key}") - 1) * PER_PAGE if pages > 1 else 0
    ids = chosen[start : start + PER_PAGE]
    rows = [pool.rows[i] for i in ids]
    thumbs.show(
        project,
        ids,
        [predictions.names[predictions.assigned[r]] for r in rows],
        [pool.files[r][0].path for r in rows],
        [charts.class_colour(int(predictions.assigned[r])) for r in rows],
    )


def wait_for_map() -> None:
    """Start the map on the first visit; after a stop or a failure, on demand."""
    task = work.task("map", project)
    if task is None or task.status.state == "done":
        task = work.start_layout(project)
    if task.running:
        st.info("The map is being computed; you can go on working on other pages.")
        sidebar.watch(task)
        return
    if task.status.error:
        st.error(plain(task.status.error))
    st.info(f"The map of these {len(pool):,} images has not been computed yet.")
    if st.button("Compute the map", type="primary", key="map-start"):
        work.start_layout(project)
        st.rerun()


st.title("Clusters")
project, pool, vocabulary, predictions = session.require_predictions()
points = read_layout(project, pool)
if points is None:
    wait_for_map()
    st.stop()
left, right = st.columns([1, 2])
by = left.segmented_control(
    "Colour by", ["class", "cluster", "confidence", "label"], default="class", key="map-by"
)
default = suggest_k(len(pool), len(vocabulary.names))
most = max(2, min(200, len(pool)))
k = right.slider(
    "Clusters", 1, most, min(default, most), key="map-k", help="KMeans on the vectors."
)
clusters = charts.clusters_of(project, pool, k)
if "map-batch" in st.session_state:
    _, count, name = st.session_state["map-batch"]
    said, back = st.columns([5, 1], vertical_alignment="center")
    said.success(f"{count:,} images labeled {plain(name)}; saved.")
    back.button("Undo", key="map-undo", on_click=undo_batch, width="stretch")
figure = charts.map_figure(pool, points, predictions, clusters, by or "class")
key = f"map-{st.session_state.get('map-round', 0)}-{by}-{k}"
event = st.plotly_chart(
    figure, key=key, on_select="rerun", selection_mode=("lasso", "box", "points")
)
chosen = charts.selected_ids(event, pool)
if chosen:
    selection(chosen)
    st.stop()
st.caption("Draw a lasso or a box around points to see their images.")
table: pd.DataFrame = charts.cluster_table(predictions, clusters)
picked = st.dataframe(
    table, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
    key=f"cluster-table-{k}", column_config=charts.CLUSTER_COLUMNS,
)  # fmt: skip
rows = picked["selection"]["rows"]
if rows:
    st.subheader(f"Cluster {table['cluster'].iloc[rows[0]]}")
    members = [pool.ids[r] for r in charts.members(clusters, int(table["cluster"].iloc[rows[0]]))]
    gallery(members, f"cluster-{k}-{rows[0]}")
else:
    st.caption("The image nearest to the middle of each cluster; choose a row above to see all.")
    medoids = clusters.medoids.tolist()
    thumbs.show(
        project,
        [pool.ids[r] for r in medoids],
        [f"{i + 1} · {size:,}" for i, size in enumerate(clusters.sizes)],
        [pool.files[r][0].path for r in medoids],
    )
