"""New images on a map that stays as it is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.map.neighbours import nearest

__all__ = ["Placement", "place"]

_NEIGHBOURS = 10
_SAMPLE = 2_000
_USUAL = 99.5  # percentile of the map's own distances beyond which an image is far


@dataclass(frozen=True)
class Placement:
    """Where new images go: `points` (M, 2) float32; `far` (M,) bool, unlike all on the map."""

    points: NDArray[np.float32]
    far: NDArray[np.bool_]


def place(
    vectors: NDArray[np.float32],
    known: NDArray[np.float32],
    positions: NDArray[np.float32],
    progress: Callable[[float], None] = lambda share: None,
) -> Placement:
    """Place (M, D) vectors among (N, D) known ones that lie at (N, 2) positions.

    An image goes where most of its ten nearest known images are: among them the one closest to all
    others on the map is found, each weighted by its likeness, then the mean taken of those near it,
    so that an image between two groups goes to one and not into the void between them. The result
    of an image depends on nothing but itself and the known ones: not on its companions, their
    order, or chance. An image is `far` when its nearest known one is farther than is usual (99.5 %)
    among the known ones themselves.

    Raises ValueError if `known` is empty or the shapes do not fit together.
    """
    if not len(known) or len(known) != len(positions) or vectors.shape[1:] != known.shape[1:]:
        raise ValueError(f"{vectors.shape} cannot be placed among {known.shape}, {positions.shape}")
    if not len(vectors):
        return Placement(np.empty((0, 2), np.float32), np.empty(0, bool))
    count = min(_NEIGHBOURS, len(known))
    indices, distances = nearest(known, count, progress, vectors)
    near = positions[indices]
    weights = np.exp(-((distances / np.maximum(distances.mean(axis=1, keepdims=True), 1e-9)) ** 2))
    apart = np.linalg.norm(near[:, :, None] - near[:, None], axis=3)
    middle = np.einsum("mij,mj->mi", apart, weights).argmin(axis=1)
    from_middle = apart[np.arange(len(near)), middle]
    weights *= from_middle <= np.median(from_middle, axis=1, keepdims=True)
    points = np.einsum("mk,mkd->md", weights, near) / weights.sum(axis=1, keepdims=True)
    return Placement(points.astype(np.float32), distances[:, 0] > _usual(known))


def _usual(known: NDArray[np.float32]) -> float:
    """The distance to the nearest other that 99.5 % of the known images stay below."""
    if len(known) < 2:
        return float("inf")
    rows = np.linspace(0, len(known) - 1, min(_SAMPLE, len(known))).astype(np.intp)
    _, distances = nearest(known, 2, lambda share: None, known[rows])
    return float(np.percentile(distances[:, 1], _USUAL)) * (1 + 1e-6)
