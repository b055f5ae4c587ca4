"""Figures: the map, the confusion matrix, reliability. Colours and hover text live here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.learn.clusters import Clusters, kmeans, purity
from core.learn.metrics import Evaluation
from core.pool import Pool
from core.project import Predictions, Project
from core.ui.colours import NEUTRAL, class_colour

CLUSTER_COLUMNS = {
    "share": st.column_config.ProgressColumn(
        "agreement", help="Share of its images that the most common class takes.", format="percent"
    )
}
FEW = 16  # classes up to which a confusion matrix has room for its numbers
MOST_IN_LEGEND = 24
_CLEAR = "rgba(0,0,0,0)"  # the page's own background, in either theme
_FRAME: dict[str, Any] = {
    "margin": {"l": 0, "r": 0, "t": 10, "b": 0},
    "paper_bgcolor": _CLEAR,
    "plot_bgcolor": _CLEAR,
}


@st.cache_resource(show_spinner="Clustering…", max_entries=8)
def _clusters(workspace: str, version: str, k: int, _pool: Pool) -> Clusters:
    return kmeans(_pool.vectors, k)


def clusters_of(project: Project, pool: Pool, k: int) -> Clusters:
    """KMeans of a pool, kept per server."""
    return _clusters(project.key, pool.version, k, pool)


def map_figure(
    pool: Pool, points: np.ndarray, predictions: Predictions, clusters: Clusters, by: str
) -> go.Figure:
    """One scatter of all images; a point carries its row, so selections never depend on order."""
    colours, legend = _colours(predictions, clusters, by)
    names = np.array(predictions.names, dtype=object)
    hover = [
        f"{_plain(path.rpartition('/')[2][:60])}<br>{_plain(name)} {p:.0%}"
        for path, name, p in zip(
            pool.paths,
            names[predictions.assigned],
            predictions.confidence(),
            strict=True,
        )
    ]
    figure = go.Figure(
        go.Scattergl(
            x=points[:, 0],
            y=points[:, 1],
            mode="markers",
            customdata=np.arange(len(pool), dtype=np.int32),
            text=hover,
            hoverinfo="text",
            marker={"size": 5 if len(pool) < 5_000 else 3, "opacity": 0.8, **colours},
            showlegend=False,
        )
    )
    for name, colour in list(legend.items())[:MOST_IN_LEGEND]:
        figure.add_trace(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=_short(_plain(name)),
                marker={"color": colour, "size": 9},
            )
        )
    figure.update_layout(
        height=560,
        **_FRAME,
        dragmode="lasso",
        legend={"itemclick": False, "itemdoubleclick": False},
        uirevision="map",
    )
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "title": None}
    figure.update_xaxes(**bare)
    figure.update_yaxes(**bare)
    return figure


def selected_ids(event: Any, pool: Pool) -> list[str]:
    """Image ids of a map selection, whatever the order of its points."""
    rows = []
    for point in event["selection"]["points"]:
        data = point.get("customdata")
        row = data[0] if isinstance(data, list) and data else data
        if isinstance(row, int | float) and 0 <= int(row) < len(pool):
            rows.append(int(row))
    return [pool.ids[row] for row in dict.fromkeys(rows)]


def cluster_table(predictions: Predictions, clusters: Clusters) -> pd.DataFrame:
    """One row a cluster: number from 1, size, the class it agrees with most."""
    share, winner = purity(clusters.assignment, predictions.assigned)
    return pd.DataFrame(
        {
            "cluster": np.arange(1, len(clusters.sizes) + 1),
            "images": clusters.sizes,
            "class": [predictions.names[w] for w in winner],
            "share": share,
        }
    )


def members(clusters: Clusters, number: int) -> list[int]:
    """Rows of the pool in the cluster with that number (from 1)."""
    return np.flatnonzero(clusters.assignment == number - 1).tolist()


def confusion_figure(evaluation: Evaluation, normalised: bool) -> go.Figure:
    """Truth in rows, prediction in columns."""
    counts = np.asarray(evaluation.counts, dtype=float)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    places = list(range(len(evaluation.labels)))
    names = [_plain(name) for name in evaluation.labels]
    few = len(names) <= FEW
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            customdata=[
                [(t, p, int(n)) for p, n in zip(names, row, strict=True)]
                for t, row in zip(names, counts, strict=True)
            ],
            text=np.vectorize(lambda v: f"{v:.0%}")(shares) if normalised else counts.astype(int),
            texttemplate="%{text}" if few else None,
            hovertemplate="true %{customdata[0]}<br>predicted %{customdata[1]}"
            "<br>%{customdata[2]} images<extra></extra>",
            colorscale="Teal",
            zmin=0,
            zmax=1,
            showscale=False,
        )
    )
    figure.update_layout(
        height=max(320, min(1_000, 120 + (34 if few else 20) * len(names))),
        **_FRAME,
        xaxis={
            "title": "predicted",
            "tickvals": places,
            "ticktext": [*map(_short, names)],
            "ticklabeloverflow": "allow",  # else the last name is dropped where it meets the edge
        },
        yaxis={
            "title": "true",
            "autorange": "reversed",
            "tickvals": places,
            "ticktext": [*map(_short, names)],
        },
    )
    return figure


def reliability_figure(evaluation: Evaluation) -> go.Figure:
    """Stated confidence against the share that was right; on the line is calibrated."""
    bins = [b for b in evaluation.reliability if b.n]
    figure = go.Figure(
        [
            go.Scatter(
                x=[0, 1], y=[0, 1], mode="lines", line={"color": NEUTRAL, "dash": "dot"},
                hoverinfo="skip", showlegend=False,
            ),
            go.Scatter(
                x=[b.confidence for b in bins],
                y=[b.accuracy for b in bins],
                customdata=[b.n for b in bins],
                mode="lines+markers",
                line={"color": class_colour(0)},
                hovertemplate="says %{x:.0%}, right %{y:.0%}<br>%{customdata} images<extra/>",
                showlegend=False,
            ),
        ]
    )  # fmt: skip
    figure.update_layout(
        height=320,
        **_FRAME,
        xaxis={"title": "stated confidence", "range": [0, 1], "tickformat": ".0%"},
        yaxis={"title": "share right", "range": [0, 1], "tickformat": ".0%"},
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
        "Table as CSV", rows.to_csv(index=False).encode(), "per-class.csv", key="class-csv",
        icon=":material/download:",
    )  # fmt: skip


def _colours(
    predictions: Predictions, clusters: Clusters, by: str
) -> tuple[dict[str, Any], dict[str, str]]:
    palette = np.array([class_colour(i) for i in range(len(predictions.names))], dtype=object)
    legend = dict(zip(predictions.names, palette.tolist(), strict=True))
    if by == "cluster":
        shades = np.array([class_colour(i) for i in range(len(clusters.sizes))], dtype=object)
        return {"color": shades[clusters.assignment]}, {}
    if by == "confidence":
        return {
            "color": predictions.confidence(),
            "colorscale": "Viridis",
            "cmin": 0,
            "cmax": 1,
            "colorbar": {"title": "confidence", "tickformat": ".0%"},
        }, {}
    if by == "label":
        known = predictions.human >= 0
        shown = np.where(known, palette[np.maximum(predictions.human, 0)], NEUTRAL + "40")
        return {"color": shown}, legend | {"no label": NEUTRAL}
    return {"color": palette[predictions.assigned]}, legend


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _plain(text: str) -> str:
    """Text that plotly's small HTML dialect shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
