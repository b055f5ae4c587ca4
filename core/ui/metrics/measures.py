"""The headline figures, the confusion matrix and the table of models of the Metrics page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.learn.judging.estimates import Estimates
from core.learn.judging.metrics import Evaluation
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison
from core.services.metrics.judging import ModelScore
from core.ui.metrics import charts, state
from core.ui.session import fitting, session
from core.ui.widgets import thumbs
from core.ui.widgets.downloads import csv_of

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


def outlook(snapshot: Snapshot, predictions: Predictions, goal: float) -> None:
    """Whether to stop, and what more labels would bring; worked out in the background.

    Args:
        goal: the accuracy to label for, 0 to 1.
    """

    def show() -> None:
        estimates = fitting.estimates(snapshot)
        if estimates is not None:
            _outlook(estimates, goal)
        else:
            st.caption("What more labels would bring is being worked out…")

    if fitting.judges(snapshot, predictions):
        show()
    else:
        session.follow(lambda: fitting.judges(snapshot, predictions), 1.0, show)


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


def confusion(snapshot: Snapshot, compared: Comparison) -> None:
    """The matrix with its downloads, and the images of the cell that was clicked."""
    result = compared.evaluation
    shares = st.toggle("Share of the true class", key="confusion-shares")
    event = st.plotly_chart(
        charts.confusion_figure(result, shares), key=f"confusion-{shares}", on_select="rerun",
        selection_mode="points",
    )  # fmt: skip
    table = pd.DataFrame(result.counts, index=result.labels, columns=result.labels)
    st.download_button(
        "Matrix as CSV", csv_of(table, "true \\ predicted"), "confusion.csv",
        key="confusion-csv", icon=":material/download:",
    )  # fmt: skip
    clicked = [p["customdata"][:2] for p in event["selection"]["points"] if p.get("customdata")]
    # The selection stays while other widgets are used: it counts when it is new.
    if clicked and clicked != st.session_state.get(state.CLICKED):
        st.session_state[state.CLICKED] = clicked
        if set(clicked[0]) <= set(result.labels):
            st.session_state[state.TRUE], st.session_state[state.PREDICTED] = clicked[0]
    st.caption("Click a cell to see its images, or choose it here.")
    left, right = st.columns(2)
    true = left.selectbox("True class", result.labels, key=state.TRUE, bind="query-params")
    predicted = right.selectbox(
        "Predicted", result.labels, key=state.PREDICTED, bind="query-params"
    )
    _images(snapshot, compared.cell(true, predicted))


def _images(snapshot: Snapshot, rows: list[int]) -> None:
    """The images of a cell, as many as fit."""
    if not rows:
        st.caption("No image.")
        return
    st.caption(f"{len(rows):,} images" + (f", the first {SHOWN}" if len(rows) > SHOWN else ""))
    pool, shown = snapshot.pool, rows[:SHOWN]
    thumbs.show(snapshot.key, [pool.ids[r] for r in shown], titles=[pool.paths[r] for r in shown])


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
        "Table as CSV", csv_of(table), "models.csv", key="models-csv",
        icon=":material/download:",
    )  # fmt: skip
