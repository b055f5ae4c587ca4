"""The figures and tables of the Metrics page."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.learn.judging.estimates import Estimates
from core.learn.judging.metrics import Evaluation
from core.project.pool import Pool
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.services.metrics.comparison import Comparison
from core.services.metrics.judging import ModelScore, Threshold, threshold_for
from core.ui.session import fitting, session
from core.ui.widgets import charts, thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.text import plain

SHOWN = 60
ENOUGH = 50  # images before a calibration error means anything
SPAN = "Below it the 95 % interval: what this many images allow to say."


def headline(result: Evaluation) -> None:
    """The figures that a report would quote."""
    cells = st.columns(6)
    span = f"{result.accuracy_low:.1%} – {result.accuracy_high:.1%}"
    cells[0].metric(
        "Accuracy", f"{result.accuracy:.1%}", span, help=SPAN, delta_color="off", delta_arrow="off"
    )
    span = f"{result.macro_f1_low:.1%} – {result.macro_f1_high:.1%}"
    cells[1].metric(
        "Macro F1", f"{result.macro_f1:.1%}", span, help=SPAN, delta_color="off", delta_arrow="off"
    )
    for cell, k in zip(cells[2:4], (3, 5), strict=True):
        cell.metric(
            f"Top {k}", f"{result.top_k[k]:.1%}", help=f"The true class is among the first {k}."
        )
    cells[4].metric(
        "Calibration error", f"{result.ece:.1%}" if result.n >= ENOUGH else "–",
        help="Expected calibration error: mean gap between stated confidence and share right. "
        f"Below {ENOUGH} images chance alone makes it large.",
    )  # fmt: skip
    cells[5].metric("Images", f"{result.n:,}")


def outlook(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, goal: float
) -> None:
    """Whether to stop, and what more labels would bring; found in the background."""

    def show() -> None:
        known = fitting.estimates(project, vocabulary)
        if known is not None:
            _outlook(known, goal)
        else:
            st.caption("What more labels would bring is being worked out…")

    if fitting.judged(project, predictions):
        show()
    else:
        session.follow(lambda: fitting.judged(project, predictions), 1.0, show)


def _outlook(estimates: Estimates, goal: float) -> None:
    sure = estimates.stop.low
    verdict = (
        f"The goal of {goal:.0%} is reached: the accuracy is at least **{sure:.0%}**."
        if sure >= goal
        else f"The accuracy is at least **{sure:.0%}**, the goal is {goal:.0%}."
    )
    gain = estimates.gain
    more = (
        f" {gain.extra} more labels would add about **{100 * gain.gain:.1f} points** "
        f"({100 * gain.low:.1f} to {100 * gain.high:.1f})."
        if gain
        else " What more labels would bring cannot be told yet (it takes 40 labels, 30 of them "
        "drawn at random)."
    )
    left_out = f" {estimates.unusable:,} skipped images are left out." if estimates.unusable else ""
    st.markdown(
        verdict + more + left_out,
        help="The bound holds however often it is looked at (confidence sequence); the gain comes "
        "from models of fewer labels, judged on the same random images.",
    )


def confusion(project: Project, pool: Pool, compared: Comparison) -> None:
    """The matrix with its downloads, and the images of the cell that was clicked."""
    result = compared.evaluation
    shares = st.toggle("Share of the true class", key="confusion-shares")
    event = st.plotly_chart(
        charts.confusion_figure(result, shares), key=f"confusion-{shares}", on_select="rerun",
        selection_mode="points",
    )  # fmt: skip
    table = pd.DataFrame(result.counts, index=result.labels, columns=result.labels)
    st.download_button(
        "Matrix as CSV", table.to_csv(index_label="true \\ predicted").encode(), "confusion.csv",
        key="confusion-csv", icon=":material/download:",
    )  # fmt: skip
    clicked = [p["customdata"][:2] for p in event["selection"]["points"] if p.get("customdata")]
    # The selection stays while other widgets are used: it counts when it is new.
    if clicked and clicked != st.session_state.get("cell-clicked"):
        st.session_state["cell-clicked"] = clicked
        if set(clicked[0]) <= set(result.labels):
            st.session_state["cell-true"], st.session_state["cell-said"] = clicked[0]
    st.caption("Click a cell to see its images, or choose it here.")
    left, right = st.columns(2)
    true = left.selectbox("True class", result.labels, key="cell-true", bind="query-params")
    said = right.selectbox("Predicted", result.labels, key="cell-said", bind="query-params")
    rows = compared.cell(true, said)
    if not rows:
        st.caption("No image.")
        return
    st.caption(f"{len(rows):,} images" + (f", the first {SHOWN}" if len(rows) > SHOWN else ""))
    shown = rows[:SHOWN]
    thumbs.show(
        project, [pool.ids[r] for r in shown], titles=[pool.files[r][0].path for r in shown]
    )


def thresholds(compared: Comparison, predictions: Predictions) -> None:
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
    found = threshold_for(
        truth, compared.probabilities[:, k], predictions.probabilities[:, k], target
    )
    if found.chosen is None:
        st.info(
            f"No threshold promises a precision of {target:.0%} with 95 % certainty: too few "
            f"images of {plain(name)} are known ({int(truth.sum())}), or the model is too "
            "unsure of them."
        )
    else:
        st.markdown(
            f"From **{found.chosen:.0%}** on, a prediction of {plain(name)} is right "
            f"{found.chosen_precision:.0%} of the time here, at least {target:.0%} with 95 % "
            f"certainty. That takes **{found.taken:,}** images and finds "
            f"{found.chosen_recall:.0%} of the class."
        )
    st.plotly_chart(_curve(found, target, class_colour(k)), key="pr-curve")


def models(scores: list[ModelScore]) -> None:
    """Other models on the same images."""
    table = pd.DataFrame(
        {
            "model": [s.title for s in scores],
            "accuracy": [s.right / s.n for s in scores],
            "from": [s.low for s in scores],
            "to": [s.high for s in scores],
            "right where Winnow is wrong": [s.better for s in scores],
            "wrong where Winnow is right": [s.worse for s in scores],
        }
    )
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table, hide_index=True, width="stretch", key="models-table",
        column_config=dict.fromkeys(("accuracy", "from", "to"), share),
    )  # fmt: skip
    st.download_button(
        "Table as CSV", table.to_csv(index=False).encode(), "models.csv", key="models-csv",
        icon=":material/download:",
    )  # fmt: skip


def _curve(found: Threshold, target: float, colour: str) -> go.Figure:
    figure = go.Figure(
        go.Scatter(
            x=found.recall, y=found.precision, customdata=found.thresholds, mode="lines+markers",
            line={"color": colour, "shape": "hv"}, marker={"size": 4}, showlegend=False,
            hovertemplate="from %{customdata:.0%}: precision %{y:.0%}, recall %{x:.0%}<extra/>",
        )
    )  # fmt: skip
    figure.add_hline(target, line={"color": NEUTRAL, "dash": "dot"})
    share = {"range": [0, 1.02], "tickformat": ".0%"}
    figure.update_layout(
        height=340, **charts.FRAME, xaxis={"title": "recall", **share},
        yaxis={"title": "precision", **share},
    )  # fmt: skip
    return figure
