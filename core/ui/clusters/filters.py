"""The filters of the Clusters page; they restrict the map and what can be selected on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.label_rows import LabelRows
from core.project.snapshot import Snapshot
from core.services.search.filtering import passing
from core.ui.clusters import state
from core.ui.clusters.colouring import problems
from core.ui.shared.columns import filtering as column_filter
from core.ui.widgets.text import plain

_EVERY = (0, 100)


def clear() -> None:
    """Show everything again."""
    for key in state.FILTERS:
        st.session_state.pop(key, None)


def active() -> int:
    """How many filters are in use."""
    values = [st.session_state.get(key) for key in state.FILTERS]
    return sum(bool(v) and v != _EVERY and v != "all" for v in values)


def draw(snapshot: Snapshot, predictions: Predictions, clusters: Clusters) -> np.ndarray | None:
    """Draw the filters; returns (N,) whether each image passes, or None when all do."""
    used = active()
    kinds, flags = problems(snapshot.pool, predictions)
    with st.popover(
        f"Filters ({used})" if used else "Filters", icon=":material/filter_list:", width="stretch",
        key="map-filters",
    ):  # fmt: skip
        tests = _of_predictions(snapshot, predictions)
        numbers = st.multiselect(
            "Cluster", range(1, len(clusters.sizes) + 1), key=state.CLUSTERS,
            placeholder="all clusters",
        )  # fmt: skip
        wanted = st.multiselect(
            "Problem", kinds[1:], key=state.PROBLEMS, placeholder="with and without",
            bind="query-params",
        )  # fmt: skip
        tests += _of_others(snapshot.others)
        tests += _of_columns(snapshot)
        st.button("Clear all filters", key="map-filters-clear", on_click=clear, disabled=not used)
    if numbers:
        tests.append(np.isin(clusters.assignment, np.array(numbers) - 1))
    if wanted:
        tests.append(np.isin(flags, [kinds.index(kind) for kind in wanted]))
    return np.logical_and.reduce(tests) if tests else None


def _of_others(others: Mapping[str, LabelRows]) -> list[np.ndarray]:
    """Draw the filter on labels of other questions; an image passes with any that is picked."""
    values = {
        f"{column}: {name}": (labels, number)
        for column, labels in others.items()
        for number, name in enumerate(labels.names)
        if (labels.codes == number).any()
    }
    if not values:
        return []
    picked = st.multiselect(
        "Labels of other questions", list(values), key=state.OTHERS, format_func=plain,
        placeholder="any", bind="query-params",
    )  # fmt: skip
    passing = [values[name][0].codes == values[name][1] for name in picked]
    return [np.logical_or.reduce(passing)] if passing else []


def _of_columns(snapshot: Snapshot) -> list[np.ndarray]:
    """Draw the filter on a column that people brought; which images pass it."""
    passes = passing(snapshot, column_filter.draw(snapshot, state.COLUMN))[1]
    return [] if passes is None else [passes]


def _of_predictions(snapshot: Snapshot, predictions: Predictions) -> list[np.ndarray]:
    """Draw the filters on classes and labels; returns (N,) bool for each that is in use."""
    names, tests = predictions.names, []
    classes = st.multiselect(
        "Class", names, key=state.CLASSES, format_func=plain, bind="query-params",
        help="Predicted, or given by a person.", placeholder="all classes",
    )  # fmt: skip
    low, high = st.slider(
        "Confidence, %", 0, 100, _EVERY, key=state.CONFIDENCE, bind="query-params",
        help="Calibrated probability of the class shown; 100 where a person decided.",
    )  # fmt: skip
    labeled = st.segmented_control(
        "Labels", ["all", "labeled", "not labeled"], default="all", key=state.LABELED,
        required=True, bind="query-params", help="Of a class, or of a group of classes alone.",
    )  # fmt: skip
    if classes:
        tests.append(np.isin(predictions.assigned, [names.index(name) for name in classes]))
    if (low, high) != _EVERY:
        sure = 100 * predictions.assigned_probability()
        tests.append((sure >= low) & (sure <= high))
    if labeled != "all":
        tests.append((snapshot.nodes >= 0) == (labeled == "labeled"))
    return tests
