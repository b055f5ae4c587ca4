"""The state of the collection while somebody labels: how sure the predictions are, and of what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot

SURE = 0.9
"""Probability from which a prediction counts as sure here."""


@dataclass(frozen=True)
class Outlook:
    """What the predictions say of all images.

    Attributes:
        sure: share of the images without a person's class whose prediction has a probability of
            `SURE` and more; 1 where people gave all of them a class.
        margin: mean lead of their most probable class over the second, 0 to 1.
        shares: share of each class among all images, by assigned class; sums to 1.
        open: images without a person's class.
    """

    sure: float
    margin: float
    shares: list[float]
    open: int


def outlook(snapshot: Snapshot, predictions: Predictions) -> Outlook:
    """The state of a snapshot's images under predictions of its classes."""
    return snapshot.remember("outlook", predictions, lambda: _outlook(predictions), keep=1)


def _outlook(predictions: Predictions) -> Outlook:
    left = predictions.human < 0
    total = max(len(predictions.assigned), 1)
    shares = np.bincount(predictions.assigned, minlength=len(predictions.names)) / total
    if not left.any():
        return Outlook(1.0, 1.0, shares.tolist(), 0)
    # Of all images, since choosing rows would copy nearly all of the probabilities.
    sure = float((predictions.probabilities.max(axis=1)[left] >= SURE).mean())
    return Outlook(sure, float(predictions.margin()[left].mean()), shares.tolist(), int(left.sum()))
