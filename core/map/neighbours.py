"""Exact nearest neighbours of every point, for the map's graph."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest"]

_BLOCK_CELLS = 16_000_000


def nearest(
    points: NDArray[np.float32], count: int, after_block: Callable[[float], None]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return indices and Euclidean distances (N, count) of each point's nearest, itself first.

    points: (N, D), D small; count <= N. Compares all pairs, a block of rows at a time, so memory
    stays below 200 MB and time grows with N². `after_block` is called with the share done.
    """
    n = len(points)
    squares = np.einsum("nd,nd->n", points, points)
    indices = np.empty((n, count), dtype=np.int32)
    distances = np.empty((n, count), dtype=np.float32)
    step = max(1, _BLOCK_CELLS // n)
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        squared = squares[rows, None] + squares - 2.0 * (points[rows] @ points.T)
        # Below every true value, so that a point comes before its copies.
        squared[np.arange(len(rows)), rows] = -1.0 - squares.max()
        found = np.argpartition(squared, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(squared, found, axis=1)
        order = np.lexsort((found, values), axis=1)
        indices[rows] = np.take_along_axis(found, order, axis=1)
        values = np.take_along_axis(values, order, axis=1)
        distances[rows] = np.sqrt(np.maximum(values, 0.0))
        after_block(float((rows[-1] + 1) / n))
    return indices, distances
