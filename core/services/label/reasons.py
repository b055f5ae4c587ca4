"""Why an image is predicted as it is: the prompt it is closest to, the labeled images like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot

NEIGHBOURS = 3


@dataclass(frozen=True)
class Reason:
    """What speaks for the prediction of one image.

    Attributes:
        prompt: of the predicted class's prompts the one that scores highest; "" where the class has
            none, because it is for what is none of the others.
        neighbours: (row, class index) of the most similar labeled images, nearest first.
    """

    prompt: str
    neighbours: list[tuple[int, int]]


def explain(snapshot: Snapshot, predictions: Predictions, rows: Sequence[int]) -> list[Reason]:
    """Reasons for some rows of the pool; cost grows with their number, not with the pool's."""
    if not len(rows):
        return []
    asked, vectors = np.asarray(rows, dtype=np.int64), snapshot.pool.stored
    labeled = np.flatnonzero(predictions.human >= 0)
    alike = vectors[asked] @ vectors[labeled].T
    alike[asked[:, None] == labeled[None, :]] = -np.inf
    texts = list(snapshot.classes.shown().values())
    scores = snapshot.text_scores([text for own in texts for text in own], asked)
    starts = np.cumsum([0, *map(len, texts)])
    reasons = []
    for position, row in enumerate(asked):
        k = int(predictions.assigned[row])
        own = scores[position, starts[k] : starts[k + 1]]
        order = np.argsort(-alike[position], kind="stable")[:NEIGHBOURS]
        near = [
            (int(labeled[i]), int(predictions.human[labeled[i]]))
            for i in order
            if np.isfinite(alike[position, i])
        ]
        reasons.append(Reason(texts[k][int(own.argmax())] if texts[k] else "", near))
    return reasons
