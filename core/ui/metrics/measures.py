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
from core.services.metrics.levels import levels_of, sentence
from core.ui.metrics import charts, many, state
from core.ui.session import fitting, session
from core.ui.shared import accuracy
from core.ui.widgets import numbers, thumbs
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

SHOWN = 60
ENOUGH = 50  # images before a calibration error means anything
SPAN = "Below it the 95 % interval: what this many images allow to say."


def headline(result: Evaluation) -> None:
    """The figures that a report would quote."""
    top = [k for k in (3, 5) if k < len(result.labels)]  # of three classes the first three are all
    numbers.show([
        _share("Accuracy", result.accuracy, result.accuracy_low, result.accuracy_high),
        _share("Macro F1", result.macro_f1, result.macro_f1_low, result.macro_f1_high),
        *(
            Number(f"Top {k}", f"{result.top_k[k]:.1%}", f"The true class is among the first {k}.")
            for k in top
        ),
        Number(
            "Calibration error", f"{result.ece:.1%}" if result.n >= ENOUGH else "–",
            "Expected calibration error: mean gap between stated confidence and share right. "
            f"Below {ENOUGH} images chance alone makes it large.",
        ),
        Number("Images", f"{result.n:,}"),
    ])  # fmt: skip


def by_groups(snapshot: Snapshot, compared: Comparison) -> None:
    """How good the groups of classes are told apart; nothing without groups."""
    for one in levels_of(snapshot, compared):
        st.caption(plain(f"By groups, {sentence(one)}."))


def _share(name: str, value: float, low: float, high: float) -> Number:
    """A share with its interval."""
    return Number(name, f"{value:.1%}", SPAN, f"{low:.1%} – {high:.1%}")


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
    more = accuracy.ahead(estimates) or (
        "What more labels would bring cannot be told yet (it takes 40 labels, 30 of them of random "
        "images)."
    )
    left_out = f" {estimates.unusable:,} skipped images are left out." if estimates.unusable else ""
    st.markdown(
        f"{accuracy.verdict(estimates, goal)} {more}{left_out}",
        help=f"{accuracy.STOP} The gain comes from models of fewer labels, judged on the same "
        "random images.",
    )


def confusion(snapshot: Snapshot, compared: Comparison) -> None:
    """The matrix with its downloads, and the images of the cell that was clicked."""
    result, matrix = compared.evaluation, many.matrix(snapshot, compared)
    labels = list(matrix.labels)
    shares = st.toggle("Share of the true class", key="confusion-shares")
    cell = charts.confusion(matrix, shares, "confusion")
    table = pd.DataFrame(result.counts, index=result.labels, columns=result.labels)
    st.download_button(
        "Matrix as CSV", lambda: csv_of(table, "true \\ predicted"), "confusion.csv",
        key="confusion-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip
    # A press stays while other widgets are used: it counts when it is new.
    if cell is not None and cell[0] != st.session_state.get(state.CLICKED):
        st.session_state[state.CLICKED] = cell[0]
        st.session_state[state.TRUE], st.session_state[state.PREDICTED] = cell[1:]
    st.caption("Click a cell to see its images, or choose it here.")
    left, right = st.columns(2)
    for key in (state.TRUE, state.PREDICTED):  # of another matrix
        if st.session_state.get(key) not in labels:
            st.session_state.pop(key, None)
    true = left.selectbox("True class", labels, key=state.TRUE, bind="query-params")
    predicted = right.selectbox("Predicted", labels, key=state.PREDICTED, bind="query-params")
    _images(snapshot, matrix.cell(compared, true, predicted))


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
        "Table as CSV", lambda: csv_of(table), "models.csv", key="models-csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
