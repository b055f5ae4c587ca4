"""The Metrics page's view on thresholds: where to cut one class for the precision wanted."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.learn.predictions import Predictions
from core.services.metrics.comparison import Comparison
from core.services.metrics.judging import Cutoff, cutoff_for
from core.ui.session import quiet
from core.ui.widgets import figures
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain


def show(compared: Comparison, predictions: Predictions) -> None:
    """Precision against recall of one class, and the threshold that a target asks for."""
    left, right = st.columns(2)
    names = predictions.names
    name = left.selectbox("Class", names, key="threshold-class")
    target = right.slider("Precision wanted (%)", 50, 99, 95, key="threshold-target") / 100
    k = names.index(name)
    truth = compared.truth == compared.evaluation.labels.index(name)
    if not truth.any():
        st.caption("None of the images with a known class is of this class yet.")
        return
    cutoff = cutoff_for(
        truth, compared.probabilities[:, k], predictions.probabilities[:, k], target
    )
    if cutoff.lowest is None:
        st.info(
            f"No threshold promises a precision of {target:.0%} with 95 % certainty: too few "
            f"images of {plain(name)} are known ({int(truth.sum())}), or the model is too "
            "unsure of them."
        )
    else:
        st.markdown(
            f"From **{cutoff.lowest:.0%}** on, a prediction of {plain(name)} is right "
            f"{cutoff.lowest_precision:.0%} of the time here, at least {target:.0%} with 95 % "
            f"certainty. That takes **{cutoff.taken:,}** images and finds "
            f"{cutoff.lowest_recall:.0%} of the class."
        )
    quiet.takes(quiet.CHART)
    st.plotly_chart(_curve(cutoff, target, class_colour(k)), key="pr-curve")


def _curve(cutoff: Cutoff, target: float, colour: str) -> go.Figure:
    figure = go.Figure(
        go.Scatter(
            x=cutoff.recall, y=cutoff.precision, customdata=cutoff.thresholds,
            mode="lines+markers",
            line={"color": colour, "shape": "hv"}, marker={"size": 4}, showlegend=False,
            hovertemplate="from %{customdata:.0%}: precision %{y:.0%}, recall %{x:.0%}<extra/>",
        )
    )  # fmt: skip
    figure.add_hline(target, line={"color": NEUTRAL, "dash": "dot"})
    share = {"range": [0, 1.02], "tickformat": ".0%"}
    figure.update_layout(
        height=340, **figures.FRAME, xaxis={"title": "recall", **share},
        yaxis={"title": "precision", **share},
    )  # fmt: skip
    return figure
