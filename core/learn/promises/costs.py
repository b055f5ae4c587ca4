"""Decisions by prices instead of a promise: the cheapest class, or a look.

Bayes' rule with a reject option (Chow, IEEE Transactions on Information Theory 1970), on calibrated
probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decisions", "decide"]


@dataclass(frozen=True, eq=False)
class Decisions:
    """What the prices decide.

    Attributes:
        assigned: (N,) int64, the class that is expected to cost least.
        review: (N,) bool, where a look costs less than that.
        expected: (N,) float64 what each image is expected to cost, decided so.
    """

    assigned: NDArray[np.int64]
    review: NDArray[np.bool_]
    expected: NDArray[np.float64]


def decide(
    probabilities: NDArray[np.floating], costs: NDArray[np.floating], look: float
) -> Decisions:
    """Return the cheapest decision for each image.

    probabilities: (N, K), calibrated. costs: (K, K) what it costs to sort an image that is truly of
    the class of the row as the class of the column; look: what it costs to have a person look at
    one. Among equally cheap classes the most probable one is taken.

    Raises ValueError for shapes that do not match, or prices that are negative or not finite.
    """
    classes = probabilities.shape[1]
    if costs.shape != (classes, classes):
        raise ValueError(f"the costs are {costs.shape}, the classes {classes}")
    if not (np.isfinite(costs).all() and np.isfinite(look)) or min(costs.min(), look) < 0:
        raise ValueError("prices must be finite and not negative")
    each = probabilities.astype(np.float64) @ costs.astype(np.float64)
    cheapest = each.min(axis=1)
    equal = np.isclose(each, cheapest[:, None], rtol=1e-9, atol=1e-12)
    assigned = np.where(equal, probabilities, -1.0).argmax(axis=1)
    review = cheapest > look
    return Decisions(assigned.astype(np.int64), review, np.where(review, look, cheapest))
