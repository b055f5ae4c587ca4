"""Figures: the confusion matrix, reliability, the table of classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.images.names import shown
from core.learn.judging.intervals import share_interval
from core.learn.judging.metrics import Evaluation
from core.services.metrics.matrices import Matrix
from core.ui.widgets import mount, tables
from core.ui.widgets.colours import NEUTRAL, class_colour
from core.ui.widgets.downloads import csv_of
from core.ui.widgets.plots import Axis, Plot

FEW = 16  # classes up to which a confusion matrix has room for its numbers
_HERE = Path(__file__).parent


def confusion(matrix: Matrix, normalised: bool, key: str) -> tuple[str, str, str] | None:
    """Draw a matrix, truth in rows and prediction in columns; browser part: ``matrix.js``.

    Args:
        normalised: write shares of the true class into the cells instead of numbers of images.

    Returns:
        The cell pressed last: the press's own id, its true and its predicted class. None before
        that, and for a press in a matrix of other classes.
    """
    mount.element(_HERE, "matrix")(
        key=key, data=cells(matrix, normalised), default={"pressed": None},
        on_pressed_change=lambda: None,
    )  # fmt: skip
    return pressed(mount.value(key, "pressed"), list(matrix.labels))


def cells(matrix: Evaluation | Matrix, normalised: bool) -> dict[str, Any]:
    """What the browser draws: names, images, shares of the true class, and what is written."""
    counts = np.asarray(matrix.counts, dtype=np.int64)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    texts = [
        [f"{share:.0%}" if normalised else f"{count:,}" for share, count in zip(*row, strict=True)]
        for row in zip(shares.tolist(), counts.tolist(), strict=True)
    ]
    return {
        "labels": [shown(name) for name in matrix.labels],
        "counts": counts.tolist(),
        "shares": shares.round(3).tolist(),
        "texts": texts if len(matrix.labels) <= FEW else None,
    }


def pressed(message: object, labels: list[str]) -> tuple[str, str, str] | None:
    """The cell that a message of the browser names, see ``confusion``; it may have any form."""
    if not isinstance(message, dict) or not isinstance(message.get("id"), str):
        return None
    row, column = message.get("row"), message.get("column")
    if not isinstance(row, int) or not isinstance(column, int):
        return None
    if message.get("of") != len(labels) or not (0 <= min(row, column) <= max(row, column)):
        return None
    if max(row, column) >= len(labels):
        return None
    return message["id"], labels[row], labels[column]


def reliability(evaluation: Evaluation) -> tuple[Plot, str]:
    """Stated confidence against the share that was right, with its 95 % interval; it in words."""
    ticks = [(quarter / 4, f"{quarter / 4:.0%}") for quarter in range(5)]
    plot = Plot(Axis("stated confidence", 0, 1.04, ticks), Axis("share right", -0.02, 1.03, ticks))
    plot.line([(0, 0), (1, 1)], NEUTRAL, dots=True)
    bins = [b for b in evaluation.reliability if b.n]
    points = [(float(b.confidence or 0), float(b.accuracy or 0)) for b in bins]
    spans = [share_interval(round(y * b.n), b.n) for (_, y), b in zip(points, bins, strict=True)]
    for (x, _), (low, high) in zip(points, spans, strict=True):
        plot.line([(x, low), (x, high)], NEUTRAL)
    plot.line(points, class_colour(0), 1)
    tells = [
        f"says {x:.0%}, right {y:.0%} ({low:.0%} to {high:.0%}), {b.n:,} images"
        for (x, y), (low, high), b in zip(points, spans, bins, strict=True)
    ]
    for point, words in zip(points, tells, strict=True):
        plot.dot(point, class_colour(0), words)
    return plot, f"Stated confidence and share right: {'; '.join(tells)}."


def class_table(result: Evaluation, what: str = "class") -> None:
    """Precision, recall and F1 of each class, or of other things of a name, with a download."""
    figures = list(result.per_class.values())
    columns: dict[str, list[Any]] = {
        what: list(result.per_class),
        "precision": [m.precision for m in figures],
        "recall": [m.recall for m in figures],
        "F1": [m.f1 for m in figures],
        "F1 from": [m.f1_low for m in figures],
        "F1 to": [m.f1_high for m in figures],
        "images": [m.support for m in figures],
    }
    shares = ("precision", "recall", "F1", "F1 from", "F1 to")
    tables.show(f"{what}-table", columns, dict.fromkeys(shares, "percent"))
    st.download_button(
        "Table as CSV", lambda: csv_of(pd.DataFrame(columns)), f"per-{what}.csv",
        key=f"{what}-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip
