"""What a map shows at first: the bulk of its points, without the few that lie far from all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FirstView", "first_view"]

_TAIL = 1.0  # percent of the points that may lie beyond each side of the bulk
_MARGIN = 0.15  # of the bulk's longer side, on all sides
_WORTH = 0.9  # of the whole map's longer side: a view that is hardly nearer shows everything


@dataclass(frozen=True)
class FirstView:
    """A part of the map, in its coordinates.

    Attributes:
        bulk: left, bottom, right, top of what is shown at first.
        whole: of all points.
        outside: points that the bulk leaves out.
    """

    bulk: tuple[float, float, float, float]
    whole: tuple[float, float, float, float]
    outside: int


def first_view(points: NDArray[np.float32]) -> FirstView:
    """The box around the bulk of (N, 2) points.

    Along each axis the middle 98 % of the points, with a margin of 15 % of the longer side, and
    nowhere beyond the points themselves. Few images unlike all others, which UMAP puts far away,
    would else leave a dot in an empty field. Where that box is nearly the whole map, it is the
    whole map.

    Raises ValueError if there are no points.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points must be (N, 2) and not empty, got {points.shape}")
    lowest, highest = points.min(axis=0), points.max(axis=0)
    low, high = np.percentile(points, [_TAIL, 100 - _TAIL], axis=0)
    margin = _MARGIN * (high - low).max()
    low, high = np.maximum(low - margin, lowest), np.minimum(high + margin, highest)
    if (high - low).max() >= _WORTH * (highest - lowest).max():
        low, high = lowest, highest
    outside = ((points < low) | (points > high)).any(axis=1)
    return FirstView(_box(low, high), _box(lowest, highest), int(outside.sum()))


def _box(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, float, float, float]:
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
