"""What an export would write: its figures, its folders, and the images most worth a doubt."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export.destination import size_text
from core.export.plan import Plan
from core.export.planning import class_folders
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export.summary import Summary
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

_RENAMED, _WHY_RENAMED = (
    "Renamed",
    "Their name is taken, unsafe or not known to programs that read the export.",
)


def show(snapshot: Snapshot, predictions: Predictions, counted: Summary) -> DeltaGenerator:
    """Draw what can be said at once; returns the place for the number of new names."""
    labeled = predictions.human >= 0
    human = int((labeled if counted.outside is None else labeled & ~counted.outside).sum())
    with st.container(horizontal=True, gap="large"):  # on a phone side by side as well
        st.metric("To write", f"{counted.files:,}", width="content")
        st.metric("Size", size_text(counted.bytes_total), width="content")
        st.metric(
            "Decided by people", f"{human:,}", width="content",
            help="Labels always win over predictions.",
        )  # fmt: skip
        st.metric("For review", f"{counted.review:,}", width="content")
        renamed = st.empty()
    _folders(predictions, counted)
    name = st.selectbox("Examples of", predictions.names, key="plan-class")
    _examples(snapshot, predictions, counted.least_certain(predictions, name, 12))
    renamed.metric(_RENAMED, "…", help=_WHY_RENAMED, width="content")
    return renamed


def _folders(predictions: Predictions, counted: Summary) -> None:
    folders = class_folders(predictions.names)
    table = pd.DataFrame(
        {
            "class": predictions.names,
            "images": list(counted.counts.values()),
            "folder": [folders[name] for name in predictions.names],
        }
    )
    columns = {
        "class": st.column_config.TextColumn(width="medium"),
        "images": st.column_config.NumberColumn(format="localized", width="small"),
        "folder": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(
        table, hide_index=True, width="stretch", key="plan-table", column_config=columns
    )  # fmt: skip


def _examples(snapshot: Snapshot, predictions: Predictions, rows: list[int]) -> None:
    if not rows:
        return
    st.caption("Its least certain images: what is wrong is most likely here.")
    sure, pool = predictions.assigned_probability(), snapshot.pool
    thumbs.show(
        snapshot.key,
        [pool.ids[row] for row in rows],
        [f"{sure[row]:.0%}" for row in rows],
        [pool.paths[row] for row in rows],
        size=84,
        strip=True,
    )


def show_names(plan: Plan, renamed: DeltaGenerator) -> None:
    """Draw what only a plan can say.

    Args:
        renamed: the place for the number of new names.
    """
    renamed.metric(_RENAMED, f"{len(plan.collisions):,}", help=_WHY_RENAMED, width="content")
    if plan.rejected:
        st.caption(f"{len(plan.rejected):,} rejected files are listed in the report, not written.")
    for note in plan.unseen:
        st.warning(plain(note))
    for note in plan.notes:
        if note not in plan.unseen:
            st.caption(plain(note))
