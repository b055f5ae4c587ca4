"""Shares of classes in a delivery against those of the collection that a sorter was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import share_interval

LEAST_MOVE = 0.03
"""Of a share; what moved less is not worth a word, however surely it did."""

_DRAWS = 4_000


@dataclass(frozen=True)
class Share:
    """One class in a delivery.

    Attributes:
        share, low, high: of the delivery's images, with a 95 % interval.
        before: of the collection's images.
        moved: whether it moved, surely and by `LEAST_MOVE` or more.
    """

    name: str
    images: int
    share: float
    low: float
    high: float
    before: float
    moved: bool


def compare(
    names: list[str], counts: np.ndarray, before: np.ndarray, level: float = 0.015, seed: int = 0
) -> list[Share]:
    """The share of each class now and before.

    All classes are judged at once: where nothing moved, a class is called moved in at most
    ``level`` of all deliveries. The null distribution of the largest difference, in its own
    standard deviations, is drawn: deliveries of this size out of both together.

    Args:
        counts, before: (K,) images of each class in the delivery and in the collection, both by
            heads that did not see them.
    """
    size, whole = int(counts.sum()), int(before.sum())
    if size == 0 or whole == 0:
        return [Share(name, 0, 0.0, 0.0, 1.0, 0.0, False) for name in names]
    both = counts + before
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(
        both, size, size=_DRAWS, method="marginals"
    )
    away = _away(drawn, both, size)
    limit = np.quantile(away.max(axis=1), 1 - level)
    own = _away(counts[None], both, size)[0]
    shares = []
    for k, name in enumerate(names):
        low, high = share_interval(int(counts[k]), size)
        share, earlier = float(counts[k] / size), float(before[k] / whole)
        moved = bool(own[k] > limit) and abs(share - earlier) >= LEAST_MOVE
        shares.append(Share(name, int(counts[k]), share, low, high, earlier, moved))
    return shares


def _away(drawn: np.ndarray, both: np.ndarray, size: int) -> np.ndarray:
    """(R, K) how far counts (R, K) are from what is expected, in standard deviations."""
    whole = both.sum()
    share = both / whole
    spread = size * share * (1 - share) * (whole - size) / max(whole - 1, 1)
    return np.abs(drawn - size * share) / np.sqrt(np.maximum(spread, 1e-9))
