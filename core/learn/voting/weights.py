"""How much each of several opinions counts: a weighted product of their probabilities.

Log probabilities are averaged with weights that are not negative and sum to one (a logarithmic
opinion pool: Genest and Zidek, Statistical Science 1986). The weights are averaged over a grid by
how likely they make labels that no model saw (stacking: Wolpert, Neural Networks 1992). Half of the
prior lies on the first opinion alone, so few labels leave it nearly alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from core.learn.models.softmax import log_softmax, softmax

__all__ = ["MOST", "grid", "likelihoods", "pooled", "weights"]

MOST = 4
"""Opinions that can be pooled, the first one included."""

_STEPS = {1: 1, 2: 10, 3: 10, 4: 5}  # of the grid, by the number of opinions
_TINY = 1e-12  # what a probability of zero counts as in logs

_Float = NDArray[np.float32]


def grid(count: int) -> NDArray[np.float64]:
    """Return (G, count) weights that are tried, those of the first opinion alone first.

    Raises ValueError for a count outside 1 to `MOST`.
    """
    if count not in _STEPS:
        raise ValueError(f"1 to {MOST} opinions can be pooled, got {count}")
    steps = _STEPS[count]
    parts = [own for own in product(range(steps + 1), repeat=count) if sum(own) == steps]
    return np.array(sorted(parts, reverse=True), dtype=np.float64) / steps


def pooled(opinions: Sequence[_Float], shares: NDArray[np.floating]) -> _Float:
    """Return (n, K) probabilities of opinions (n, K), weighted by (V,) or each row's own (n, V)."""
    logs = np.zeros(opinions[0].shape, np.float32)
    for opinion, share in zip(opinions, np.atleast_2d(shares).T, strict=True):
        logs += share[:, None].astype(np.float32) * np.log(np.maximum(opinion, _TINY))
    return softmax(logs)


def likelihoods(opinions: Sequence[_Float], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (m, G) the log-likelihood of each label by each row of `grid`.

    opinions: (m, K) probabilities by models that did not see these labels. targets: (m, K) class
    shares of the labels.
    """
    logs = [np.log(np.maximum(opinion, _TINY)) for opinion in opinions]
    result = []
    for shares in grid(len(opinions)).astype(np.float32):
        mixed = sum(share * own for share, own in zip(shares, logs, strict=True))
        result.append((targets * log_softmax(np.asarray(mixed))).sum(axis=1))
    return np.stack(result, axis=1).astype(np.float64)


def weights(likelihood: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return (count,) what each opinion counts, by the likelihoods (m, G) of labels, perhaps none.

    It is the mean over the grid, as probable as its points are after these labels; without any the
    first counts alone.
    """
    if len(likelihood) == 0:
        return np.eye(count)[0]
    points = grid(count)
    others = max(len(points) - 1, 1)
    prior = np.log(np.r_[0.5, np.full(len(points) - 1, 0.5 / others)])
    after = prior + likelihood.sum(axis=0)
    chances = np.exp(after - after.max())
    mean: NDArray[np.float64] = chances @ points / chances.sum()
    return mean
