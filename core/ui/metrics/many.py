"""What the Metrics page shows of very many classes: groups first, their classes on demand."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison
from core.services.metrics.levels import levels_of
from core.services.metrics.matrices import MANY, Matrix, most_mixed, of_group, of_groups, whole
from core.ui.metrics import charts, state
from core.ui.widgets.text import plain

_ALL, _MIXED = "All groups", "The classes that are mixed up most"


def matrix(snapshot: Snapshot, compared: Comparison) -> Matrix:
    """The confusion matrix to show; with very many classes asks of what."""
    tree = snapshot.tree
    if len(compared.evaluation.labels) <= MANY:
        return whole(compared)
    groups = [tree.names[node] for node in range(tree.leaves, len(tree))]
    choices = [*([_ALL] if groups else []), _MIXED, *groups]
    wanted = st.selectbox(
        "Confusion of", choices, key=state.MATRIX, format_func=plain,
        help=f"There are {len(compared.evaluation.labels):,} classes: look at their groups, then "
        "at the classes of one.",
    )  # fmt: skip
    if wanted == _MIXED:
        return most_mixed(compared)
    return of_groups(compared, tree) if wanted == _ALL else of_group(compared, tree, wanted)


def class_table(snapshot: Snapshot, compared: Comparison) -> None:
    """Figures of each class; of very many the groups', and the classes' when they are opened."""
    result = compared.evaluation
    if len(result.labels) <= MANY:
        charts.class_table(result)
        return
    levels = levels_of(snapshot, compared)
    if levels:
        charts.class_table(levels[0], "group")
    with st.expander(f"All {len(result.labels):,} classes", expanded=not levels):
        charts.class_table(result)
