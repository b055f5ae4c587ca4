"""Whether a group of images that the prompts explain badly belongs to a class all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.predictions import Predictions
from core.runtime.rows import mean_of

SHARE = 0.6
"""Share of a group that must be predicted to be of the class that its looks are nearest to. By
prompts alone, 94 of 100 groups of clothing said to be like a class are mostly of it, and 75 of 100
of their images are; without the share 76 groups, by looks alone 47. See benchmarks/naming.py."""
_LABELED = 3  # labels from which on a class looks like its labels
_LEAST, _PART = 10, 4  # else like its surest images: a quarter of those it takes, but so many


@dataclass(frozen=True)
class Likeness:
    """A class that a group seems to belong to.

    Attributes:
        name: of the class.
        doubtful: (n,) rows of the group, those least probable to be of the class first.
    """

    name: str
    doubtful: np.ndarray


def likeness(looks: np.ndarray, predictions: Predictions, rows: np.ndarray) -> Likeness | None:
    """The class of a group, where what is predicted of its images and what they look like agree.

    Args:
        looks: (N, D) unit vectors of how the images look.
        rows: (n,) of the group.

    Returns:
        None where they do not agree, or too few images are predicted to be of that class.
    """
    counts = np.bincount(predictions.assigned[rows], minlength=len(predictions.names))
    most = int(counts.argmax())
    if counts[most] < SHARE * len(rows) or _nearest(looks, predictions, rows) != most:
        return None
    probable = predictions.probabilities[rows, most]
    return Likeness(predictions.names[most], rows[np.argsort(probable, kind="stable")])


def _nearest(looks: np.ndarray, predictions: Predictions, rows: np.ndarray) -> int | None:
    """The class whose other images are nearest to the group's, as directions from the middle."""
    middle = looks.mean(axis=0)
    others = np.ones(len(looks), dtype=bool)
    others[rows] = False
    group = mean_of(looks, rows) - middle
    best, nearest = -np.inf, None
    for number in range(len(predictions.names)):
        typical = _typical(predictions, number, others)
        if not len(typical):
            continue
        direction = mean_of(looks, typical) - middle
        length = float(np.linalg.norm(direction))
        near = float(direction @ group) / length if length > 0 else -np.inf
        if near > best:
            best, nearest = near, number
    return nearest


def _typical(predictions: Predictions, number: int, others: np.ndarray) -> np.ndarray:
    """Rows that show what a class looks like: its labeled images, else its surest ones."""
    labeled = np.flatnonzero((predictions.human == number) & others)
    if len(labeled) >= _LABELED:
        return labeled
    taken = np.flatnonzero((predictions.assigned == number) & others)
    if len(taken) < _LABELED:
        return np.empty(0, dtype=np.int64)
    surest = np.argsort(-predictions.probabilities[taken, number], kind="stable")
    return taken[surest[: max(_LEAST, len(taken) // _PART)]]
