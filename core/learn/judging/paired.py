"""Two ways to predict on the same images drawn at random: how much better is the second?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.intervals import paired_interval

__all__ = ["Difference", "difference", "drawn_paired_interval"]


@dataclass(frozen=True)
class Difference:
    """How much better the second of two ways is, each image being judged by both.

    Attributes:
        n: images; before, after: of those, the ones that each gets right.
        won, lost: images that only the second, or only the first, gets right.
        value: difference of the two shares, -1 to 1; None without images.
        low, high: 95 % interval of it over the whole collection.
    """

    n: int
    before: int
    after: int
    won: int
    lost: int
    value: float | None
    low: float
    high: float


def difference(
    first: NDArray[np.bool_], second: NDArray[np.bool_], population: int | None = None
) -> Difference:
    """Compare what two ways get right, (n,) each, of the same images.

    Args:
        population: images that these were drawn from without replacement; None for infinitely many.
    """
    won, lost, n = int((second & ~first).sum()), int((first & ~second).sum()), len(first)
    low, high = drawn_paired_interval(won, lost, n, population)
    value = (won - lost) / n if n else None
    return Difference(n, int(first.sum()), int(second.sum()), won, lost, value, low, high)


def drawn_paired_interval(
    won: int, lost: int, n: int, population: int | None = None
) -> tuple[float, float]:
    """The 95 % interval of a paired difference in ``population`` images, of which n were drawn.

    That of `paired_interval` at the size that drawing without replacement is worth,
    n (N - 1) / (N - n): once all images are drawn, the difference is known.

    Raises ValueError for counts that are impossible.
    """
    if population is None or n == 0:
        return paired_interval(won, lost, n)
    if n >= population:
        return (won - lost) / n, (won - lost) / n
    worth = (population - 1) / (population - n)
    apart, lot = (won * worth, lost * worth), n * worth
    return paired_interval(*apart, max(lot, sum(apart)))  # rounding must not exceed the lot
