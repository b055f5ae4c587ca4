"""Uncertainty herding: ask about what is both uncertain and unlike anything labeled.

Source: Bae et al., ICLR 2025. Time O(M (M + L) D) for a subsample of M = 2,000 rows and L covered
ones, whatever the size of the pool.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.doubt import margin

__all__ = ["uherding"]

_SUBSAMPLE = 2_000

_Rows = NDArray[np.intp]


def uherding(
    probabilities: NDArray[np.floating],
    vectors: NDArray[np.float32],
    covered: _Rows,
    pool: _Rows,
    size: int,
) -> _Rows:
    """Return `size` rows that greedily maximise the uncertainty-weighted kernel coverage.

    probabilities: (N, K), rows sum to 1. vectors: (N, D) unit vectors. covered: (L,) rows that have
    a label or are to be asked about anyway. pool: (M,) rows to choose from, at least `size`; they
    come shuffled, so that their first 2,000 are a random subsample, and no others are looked at.

    Kernel width: the smallest distance between two covered points, hence wide coverage at first
    and plain margin in the end.
    """
    sample = pool[: max(_SUBSAMPLE, size)]
    if size == 0:
        return sample[:0]
    points = vectors[sample]
    squared = _squared_distances(points, points)
    width = _squared_width(vectors[covered], squared)
    doubt = (1.0 - margin(probabilities[sample])).astype(np.float32)
    kernel = np.exp(-squared / width, out=squared)
    coverage = np.zeros(len(sample), dtype=np.float32)
    for start in range(0, len(covered), _SUBSAMPLE):
        near = _squared_distances(points, vectors[covered[start : start + _SUBSAMPLE]])
        coverage = np.maximum(coverage, np.exp(-near / width).max(axis=1))
    return sample[_greedy(kernel, doubt, coverage, size)]


def _greedy(
    kernel: NDArray[np.float32],
    doubt: NDArray[np.float32],
    coverage: NDArray[np.float32],
    size: int,
) -> list[int]:
    """Return the greedy choice of `size` columns of `kernel` (M, M).

    Gains only shrink as columns are added (the objective is submodular), so a column whose old
    gain is below the best fresh one need not be looked at again (lazy greedy: Minoux, Optimization
    Techniques 1978).
    """

    def gain(column: int) -> float:
        return float(doubt @ np.maximum(kernel[column] - coverage, 0.0))

    heap = [(-gain(column), column, 0) for column in range(len(kernel))]
    heapq.heapify(heap)
    columns: list[int] = []
    while len(columns) < size:
        _, column, round_seen = heapq.heappop(heap)
        if round_seen == len(columns):
            columns.append(column)
            coverage = np.maximum(coverage, kernel[column])
        else:
            heapq.heappush(heap, (-gain(column), column, len(columns)))
    return columns


def _squared_width(covered: NDArray[np.float32], squared: NDArray[np.float32]) -> float:
    """Return the squared kernel width from the covered points (L, D), else from the subsample.

    The smallest distance between two distinct covered points; with fewer than two of them, the
    median distance from a sampled point to its nearest other, of `squared` (M, M). Copies (distance
    nil but for rounding) do not count.
    """
    copies = 1e-6 * max(float(squared.max()), 1e-12)
    if len(covered) > 1:
        between = _squared_distances(covered, covered)
        apart = between[between > copies]
        if apart.size:
            return float(apart.min())
    others = np.where(squared > copies, squared, np.inf).min(axis=1)
    apart = others[np.isfinite(others)]
    return float(np.median(apart)) if apart.size else 1.0


def _squared_distances(
    left: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (L, R) squared Euclidean distances, never negative."""
    squares = np.einsum("nd,nd->n", left, left)[:, None] + np.einsum("nd,nd->n", right, right)
    squares -= 2.0 * (left @ right.T)
    return np.maximum(squares, 0.0, out=squares)
