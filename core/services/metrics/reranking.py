"""Two encoders one after the other: the first finds a hundred, the second puts these in order.

So one that is fast asks all images, and one that is slow or good only the few that may be right.
Nothing is chosen; it is judged on the same half of the captions as a blend of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learn.tuning.judging import DIRECTIONS, Gains, as_json, compare_outcomes, outcomes_of
from core.learn.tuning.pairs import Pairs
from core.learn.tuning.ranks import outcomes_by
from core.services.metrics.blending import Matched, halves

TOP = 100
"""Candidates of each query that are put in order."""


@dataclass(frozen=True, eq=False)
class Reranked:
    """How two encoders do one after the other.

    Attributes:
        first, second: their specs.
        gains: on half of the captions, the first alone and re-ranked by the second.
    """

    first: str
    second: str
    gains: Gains

    def as_json(self) -> dict[str, Any]:
        """As ``winnow evaluate-retrieval --rerank`` prints it."""
        figures = as_json(self.gains)
        figures["reranked"] = figures.pop("tuned")
        return {"first": self.first, "second": self.second, "found": TOP, **figures}


def rerank(first: Matched, second: Matched, seed: int = 0) -> Reranked:
    """Judge it.

    Raises:
        WinnowError: the two do not have the same images, or there are too few captions.
    """
    group, _, judged = halves(first, second, seed)
    finds, orders = (
        Pairs(view.images, view.texts, view.image, view.text, group).some(judged)
        for view in (first, second)
    )
    gains = compare_outcomes(finds, outcomes_of(finds), _outcomes(finds, orders), seed)
    return Reranked(first.model, second.model, gains)


def in_order(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Scores (q, C) float64 by which the best `TOP` by ``first`` (q, C) come first, as
    ``second`` (q, C) has them, and then all others as they were."""
    scores = first.astype(np.float64)
    count = min(TOP, first.shape[1])
    best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    own = np.take_along_axis(second, best, axis=1).astype(np.float64)
    above = scores.max(axis=1, keepdims=True) + 1.0 - own.min(axis=1, keepdims=True)
    np.put_along_axis(scores, best, own + above, axis=1)
    return scores


def _outcomes(finds: Pairs, orders: Pairs) -> dict[str, np.ndarray]:
    def forth(part: slice) -> np.ndarray:
        return in_order(finds.texts[part] @ finds.images.T, orders.texts[part] @ orders.images.T)

    def back(part: slice) -> np.ndarray:
        return in_order(finds.images[part] @ finds.texts.T, orders.images[part] @ orders.texts.T)

    sizes = len(finds.texts), len(finds.images)
    return {
        DIRECTIONS[0]: outcomes_by(forth, sizes, finds.text, finds.image),
        DIRECTIONS[1]: outcomes_by(back, sizes[::-1], finds.image, finds.text),
    }
