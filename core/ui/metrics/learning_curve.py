"""The Metrics page's view on the learning curve: what labels have brought, and what more would."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.learn.judging.curve import Curve, Gain
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.predict.predicting import estimates
from core.ui.session import fitting, session
from core.ui.shared import meter
from core.ui.widgets import figures
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.downloads import csv_of

_HELP = (
    "Models of the first so many labels, all judged on the same random images, which none of them "
    "saw. The line is a power law through them: each further label brings less than the one before."
)


def show(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw the curve with what it means, or what is missing for it."""
    if fitting.is_long(snapshot) and not fitting.judges(snapshot, predictions):
        st.caption("Models of fewer labels are judged; the curve follows.")
        session.follow(lambda: fitting.judges(snapshot, predictions), 1.0)
        return
    with st.spinner("Models of fewer labels are judged…", show_time=True):
        judged = estimates(snapshot, predictions)
    if judged is None or judged.gain is None:
        audited = judged.n if judged else 0
        session.empty(
            "The learning curve takes 40 labels, 30 of them of random images; there are "
            f"{audited} of those so far.",
            "Label more images: one in five is drawn at random.",
            "label",
        )
    gain, goal = judged.gain, meter.goal()
    curve = gain.curve
    st.markdown(
        f"With **{curve.counts[-1]:,} labels** the accuracy on images that the model has not seen "
        f"labeled is **{curve.accuracy[-1]:.0%}** ({curve.low[-1]:.0%} to {curve.high[-1]:.0%}). "
        f"{_ahead(gain)}",
        help=_HELP,
    )
    if curve.line_high[-1] < goal:
        st.caption(
            f"Even so the goal of {goal:.0%} stays out of reach of the next {gain.extra} labels: "
            "better prompts or another model may bring more."
        )
    st.plotly_chart(_figure(curve, gain, goal), key="learning-curve")
    _table(curve)


def _table(curve: Curve) -> None:
    """The measured points, with a download."""
    table = pd.DataFrame(
        {
            "labels": curve.counts,
            "accuracy": curve.accuracy,
            "from": curve.low,
            "to": curve.high,
        }
    )
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table, hide_index=True, key="learning-table",
        column_config=dict.fromkeys(("accuracy", "from", "to"), share),
    )  # fmt: skip
    st.download_button(
        "Table as CSV", csv_of(table), "learning-curve.csv",
        key="learning-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _ahead(gain: Gain) -> str:
    points, low, high = (100 * share for share in (gain.gain, gain.low, gain.high))
    if gain.curve.accuracy[-1] == 1.0:
        return "**All random images are right**: more labels show nothing to gain."
    if high < 0.5:
        return f"**{gain.extra} more would bring next to nothing** (at most {high:.1f} points)."
    return (
        f"**{gain.extra} more would add about {points:.1f} points** ({low:.1f} to {high:.1f} with "
        "90 % certainty)."
    )


def _figure(curve: Curve, gain: Gain, goal: float) -> go.Figure:
    """Points with their intervals, the fitted line, dashed where nothing is measured, its band."""
    colour, last = class_colour(0), curve.counts[-1]
    band = go.Scatter(
        x=[*curve.labels, *curve.labels[::-1]], y=[*curve.line_high, *curve.line_low[::-1]],
        fill="toself", fillcolor="rgba(0,114,178,0.16)", line={"width": 0}, hoverinfo="skip",
        name="90 % band",
    )  # fmt: skip
    split = next(i for i, labels in enumerate(curve.labels) if labels >= last)
    parts = [(0, split + 1, "solid", "fitted"), (split, None, "dash", f"next {gain.extra} labels")]
    lines = [
        go.Scatter(
            x=curve.labels[begin:end], y=curve.line[begin:end], mode="lines", name=name,
            line={"color": colour, "dash": dash},
            hovertemplate="%{x:,.0f} labels: %{y:.1%}<extra>expected</extra>",
        )
        for begin, end, dash, name in parts
    ]  # fmt: skip
    points = go.Scatter(
        x=curve.counts, y=curve.accuracy, mode="markers", name="measured",
        marker={"color": colour, "size": 9},
        error_y={
            "array": [h - a for h, a in zip(curve.high, curve.accuracy, strict=True)],
            "arrayminus": [a - b for a, b in zip(curve.accuracy, curve.low, strict=True)],
            "thickness": 1.5, "width": 4,
        },
        hovertemplate="%{x:,} labels: %{y:.1%}<extra>measured</extra>",
    )  # fmt: skip
    figure = go.Figure([band, *lines, points])
    figure.add_hline(
        goal, line={"color": NEUTRAL, "dash": "dot"}, annotation_text=f"goal {goal:.0%}",
        annotation_position="top left",
    )  # fmt: skip
    figure.update_layout(
        height=380, **figures.FRAME, legend={"orientation": "h", "y": -0.2},
        xaxis={"title": "labels", "rangemode": "tozero"},
        yaxis={"title": "accuracy", "tickformat": ".0%"},
    )  # fmt: skip
    return figure
