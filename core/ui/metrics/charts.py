"""Figures: the confusion matrix, reliability. Colours and hover text live here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import Evaluation
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.figures import FRAME, plain_label

FEW = 16  # classes up to which a confusion matrix has room for its numbers
_SHADED = 0.8  # share from which a cell is dark in either theme


def confusion_figure(evaluation: Evaluation, normalised: bool) -> go.Figure:
    """Truth in rows, prediction in columns; each cell carries (true, predicted, images).

    Args:
        normalised: write shares of the true class into the cells instead of numbers of images.
    """
    counts = np.asarray(evaluation.counts, dtype=float)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    few = len(evaluation.labels) <= FEW
    heat = go.Heatmap(
        z=shares,
        hoverinfo="skip",
        colorscale=[[0, "rgba(13,100,94,0.05)"], [1, "rgb(13,100,94)"]],
        xgap=1,
        ygap=1,
        zmin=0,
        zmax=1,
        showscale=False,
    )
    figure = go.Figure(
        [heat, _cells(evaluation, _numbers(counts, shares, normalised) if few else None)]
    )
    figure.update_layout(
        height=max(320, min(1_000, 120 + (34 if few else 20) * len(evaluation.labels))), **FRAME
    )
    ticks = {
        "showgrid": False,
        "zeroline": False,
        "tickvals": list(range(len(evaluation.labels))),
        "ticktext": [_short(plain_label(name)) for name in evaluation.labels],
    }
    # Else the last name is dropped where it meets the edge.
    figure.update_xaxes(title="predicted", ticklabeloverflow="allow", **ticks)
    figure.update_yaxes(title="true", autorange="reversed", **ticks)
    return figure


def _cells(evaluation: Evaluation, numbers: dict[str, Any] | None) -> go.Scatter:
    """What is clicked: a heatmap takes no clicks, markers as large as nothing seen do.

    Args:
        numbers: how the cells are written upon; None where they have no room.
    """
    places = list(range(len(evaluation.labels)))
    names = [plain_label(name) for name in evaluation.labels]
    return go.Scatter(
        x=[x for _ in places for x in places],
        y=[y for y in places for _ in places],
        customdata=[
            (true, predicted, int(n))
            for true, row in zip(evaluation.labels, evaluation.counts, strict=True)
            for predicted, n in zip(evaluation.labels, row, strict=True)
        ],
        hovertext=[f"true {t}<br>predicted {p}" for t in names for p in names],
        marker={"size": 26 if numbers else 14, "opacity": 0, "symbol": "square"},
        hovertemplate="%{hovertext}<br>%{customdata[2]} images<extra></extra>",
        showlegend=False,
        **(numbers or {"mode": "markers"}),
    )


def _numbers(counts: np.ndarray, shares: np.ndarray, normalised: bool) -> dict[str, Any]:
    """A number for each cell: white on the darkest, else as the theme writes on its background.

    As the text of one trace: an annotation for each cell took most of the time of the page.
    """
    usual = "#e6ebea" if st.context.theme.type == "dark" else "#101818"
    texts = [
        f"{share:.0%}" if normalised else f"{int(count):,}"
        for share, count in zip(shares.flat, counts.flat, strict=True)
    ]
    colours = ["#ffffff" if share > _SHADED else usual for share in shares.flat]
    return {
        "mode": "markers+text",
        "text": texts,
        "textfont": {"color": colours},
        "textposition": "middle center",
        "cliponaxis": False,
    }


def reliability_figure(evaluation: Evaluation) -> go.Figure:
    """Stated confidence against the share that was right, with its 95 % interval."""
    bins = [b for b in evaluation.reliability if b.n]
    right = np.array([b.accuracy for b in bins], dtype=float)
    spans = np.array(
        [share_interval(round(p * b.n), b.n) for p, b in zip(right, bins, strict=True)]
    )
    low, high = spans.reshape(-1, 2).T
    figure = go.Figure(
        [
            go.Scatter(
                x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot"},
                hoverinfo="skip", showlegend=False,
            ),
            go.Scatter(
                x=[b.confidence for b in bins],
                y=right,
                error_y={
                    "array": high - right,
                    "arrayminus": right - low,
                    "thickness": 1,
                    "width": 0,
                    "color": NEUTRAL,
                },
                customdata=np.stack([[b.n for b in bins], low, high], axis=1),
                mode="lines+markers",
                line={"color": class_colour(0), "width": 1},
                marker={"size": 7},
                hovertemplate="says %{x:.0%}, right %{y:.0%} (%{customdata[1]:.0%} to "
                "%{customdata[2]:.0%})<br>%{customdata[0]:,} images<extra/>",
                showlegend=False,
            ),
        ]
    )  # fmt: skip
    ticks = {"tickformat": ".0%", "dtick": 0.25}
    figure.update_layout(
        height=320,
        **FRAME,
        xaxis={"title": "stated confidence", "range": [0, 1.08], **ticks},
        yaxis={"title": "share right", "range": [-0.02, 1.03], **ticks},
    )
    return figure


def class_table(result: Evaluation) -> None:
    """Precision, recall and F1 of each class, with a download."""
    rows = pd.DataFrame(
        [
            {
                "class": name,
                "precision": m.precision,
                "recall": m.recall,
                "F1": m.f1,
                "F1 from": m.f1_low,
                "F1 to": m.f1_high,
                "images": m.support,
            }
            for name, m in result.per_class.items()
        ]
    )
    share = st.column_config.NumberColumn(format="percent")
    columns = dict.fromkeys(("precision", "recall", "F1", "F1 from", "F1 to"), share)
    st.dataframe(rows, hide_index=True, width="stretch", column_config=columns, key="class-table")
    st.download_button(
        "Table as CSV", lambda: csv_of(rows), "per-class.csv", key="class-csv",
        icon=":material/download:",
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"
