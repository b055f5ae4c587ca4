"""Which points lie inside what was drawn around them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside"]


def inside(points: NDArray[np.float32], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (N,) whether each of (N, 2) points is inside a polygon of (V, 2) corners, V >= 3.

    The polygon closes itself; where its line crosses itself, what is wound around an even number
    of times is outside (even-odd rule). Each edge is compared only with the points at its height,
    so a million points take tenths of a second.

    Raises ValueError if `polygon` is not (V, 2) with V >= 3 or not finite.
    """
    corners = np.asarray(polygon, dtype=np.float64)
    if corners.ndim != 2 or corners.shape[1:] != (2,) or len(corners) < 3:
        raise ValueError(f"a polygon has at least 3 corners (V, 2), got {corners.shape}")
    if not np.isfinite(corners).all():
        raise ValueError("a corner of the polygon is not finite")
    result = np.zeros(len(points), dtype=bool)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    if not len(rows):
        return result
    rows = rows[np.argsort(points[rows, 1], kind="stable")]
    x, y = points[rows].T.astype(np.float64)
    odd = np.zeros(len(rows), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        # Half open in height, so that a corner shared by two edges counts once.
        first, last = np.searchsorted(y, (min(y0, y1), max(y0, y1)))
        if first < last:
            crossing = x0 + (y[first:last] - y0) * ((x1 - x0) / (y1 - y0))
            odd[first:last] ^= x[first:last] < crossing
    result[rows[odd]] = True
    return result
