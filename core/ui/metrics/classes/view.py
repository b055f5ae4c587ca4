"""Classes of unequal size: how large they are, how well each is found, what is mixed up."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.judging.tails import Bucket, buckets
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison
from core.services.metrics.per_class import HEADER, cells_of, distribution, rows_of
from core.ui.metrics.classes import mixups
from core.ui.metrics.classes.sizes import sizes_figure
from core.ui.session import quiet
from core.ui.widgets.downloads import csv_of

_TITLES = {"head": "largest", "middle": "between", "tail": "smallest"}


def show(snapshot: Snapshot, predictions: Predictions, compared: Comparison) -> None:
    """Draw what was compared, class by class."""
    rows, sizes = rows_of(compared), distribution(predictions, compared)
    st.subheader("Sizes", help="Shares of what each bar counts, so that few labels can be compared "
                 "with many images.")  # fmt: skip
    quiet.takes(quiet.CHART)
    st.plotly_chart(sizes_figure(sizes), key="class-sizes")
    pooled = buckets(rows)
    if len(pooled) > 1:
        st.subheader(
            "Large and small classes",
            help="The classes in three groups by how many images are truly of them, each group "
            "counted as if it were one class.",
        )
        _pooled(pooled)
    st.download_button(
        "Every class as CSV",
        lambda: csv_of(pd.DataFrame(cells_of(rows, sizes), columns=list(HEADER))),
        "classes.csv", key="classes-csv",
        icon=":material/download:", on_click="ignore",
        help="Precision, recall and F1 with intervals, average precision and counts.",
    )  # fmt: skip
    st.subheader("Most often mixed up")
    mixups.show(snapshot, compared)


def _pooled(pooled: list[Bucket]) -> None:
    table = pd.DataFrame(
        [
            {
                "classes": f"{_TITLES[bucket.size]} ({len(bucket.classes)})",
                "images": bucket.support,
                "precision": bucket.precision.value,
                "recall": bucket.recall.value,
                "F1": bucket.f1.value,
                "F1 from": bucket.f1.low,
                "F1 to": bucket.f1.high,
                "which": ", ".join(bucket.classes),
            }
            for bucket in pooled
        ]
    )
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table, hide_index=True, width="stretch", key="bucket-table",
        column_config=dict.fromkeys(("precision", "recall", "F1", "F1 from", "F1 to"), share),
    )  # fmt: skip
