"""What a head is judged by: accuracy, macro F1, the recall of a class, or what mistakes cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACCURACY", "MACRO_F1", "Measure", "Tally", "cost_of", "recall_of"]

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tally:
    """What was right in R drawings of n images with replacement.

    Attributes:
        cells: (R, K, K) how often each class, in rows, was taken for each class.
    """

    cells: _Array

    @classmethod
    def of(
        cls,
        truth: NDArray[np.integer],
        guess: NDArray[np.integer],
        draws: NDArray[np.floating],
        classes: int,
    ) -> "Tally":
        """Count: truth, guess (n,) classes; draws (R, n) how often each image was drawn."""
        cells = np.zeros((len(truth), classes * classes))
        cells[np.arange(len(truth)), truth * classes + guess] = 1.0
        return cls((draws @ cells).reshape(-1, classes, classes))


@dataclass(frozen=True)
class Measure:
    """A number to be large.

    Attributes:
        key: as on the command line: accuracy, macro-f1, recall or cost.
        title: for people.
        column: the class whose recall counts; None for the other measures.
        costs: (K, K) rows of what it costs to take a class, in rows, for another; None likewise.
    """

    key: str
    title: str
    column: int | None = None
    costs: tuple[tuple[float, ...], ...] | None = None

    @property
    def is_share(self) -> bool:
        """Whether it lies in 0..1; a cost does not."""
        return self.costs is None

    def of(self, tally: Tally) -> _Array:
        """Return (R,) the value of each drawing; not a number where it holds no image of the class
        whose recall counts."""
        cells = tally.cells
        support, called = cells.sum(axis=2), cells.sum(axis=1)
        hits = np.diagonal(cells, axis1=1, axis2=2)
        if self.costs is not None:
            return np.asarray(
                -(cells * np.array(self.costs)).sum(axis=(1, 2)) / support.sum(axis=1)
            )
        if self.column is not None:
            own = support[:, self.column]
            return np.where(own > 0, hits[:, self.column] / np.maximum(own, 1.0), np.nan)
        if self.key == ACCURACY.key:
            return np.asarray(hits.sum(axis=1) / support.sum(axis=1))
        f1 = 2.0 * hits / np.maximum(support + called, 1.0)
        there = support > 0
        return np.asarray((f1 * there).sum(axis=1) / there.sum(axis=1))


ACCURACY = Measure("accuracy", "Accuracy")
MACRO_F1 = Measure("macro-f1", "Macro F1")
"""The mean F1 of the classes that occur in the truth."""


def recall_of(column: int, name: str) -> Measure:
    """The share of a class's images, numbered `column`, that are taken for it."""
    return Measure("recall", f"Recall of {name}", column)


def cost_of(costs: Sequence[Sequence[float]], classes: int) -> Measure:
    """What mistakes cost on average, counted negative: costs (K, K), true classes in rows.

    Raises ValueError when they are not (classes, classes) finite numbers of at least 0.
    """
    rows = tuple(tuple(float(cost) for cost in row) for row in costs)
    if len(rows) != classes or any(len(row) != classes for row in rows):
        raise ValueError(f"costs must be {classes} rows of {classes} numbers")
    if not np.isfinite(rows).all() or np.min(rows) < 0:
        raise ValueError("a cost is negative or not finite")
    return Measure("cost", "Mean cost", costs=rows)
