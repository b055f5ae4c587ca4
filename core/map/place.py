"""New images on a map that stays as it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.map.neighbours import nearest
from core.map.stage import Stage
from core.runtime.progress import Report

__all__ = ["LANDMARKS", "Placement", "among", "place", "place_in_stage"]

LANDMARKS = 10
"""Landmarks that an image is placed by."""
_SAMPLE = 2_000
_AT_ONCE = 20_000  # images whose landmarks are compared with one another
_USUAL = 99.5  # percentile of the map's own distances beyond which an image is far


@dataclass(frozen=True)
class Placement:
    """Where new images go: `points` (M, 2) float32; `far` (M,) bool, unlike all on the map."""

    points: NDArray[np.float32]
    far: NDArray[np.bool_]


def place(
    vectors: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    positions: NDArray[np.float32],
    report: Report | None = None,
) -> Placement:
    """Place (M, D) float32 vectors among (N, D) landmarks that lie at (N, 2) positions.

    An image goes where most of its ten nearest landmarks are: among them the one closest to all
    others on the map is found, each weighted by its likeness, then the mean taken of those near it,
    so that an image between two groups goes to one and not into the void between them. The result
    of an image depends on nothing but itself and the landmarks: not on its companions, their
    order, or chance. An image is `far` when its nearest landmark is farther than is usual (99.5 %)
    among the landmarks themselves.

    Raises ValueError if there is no landmark or the shapes do not fit together, and `Cancelled`
    when asked to stop.
    """
    stage = Stage(report or Report(), f"placing {len(vectors):,} new images")
    return place_in_stage(vectors, landmarks, positions, stage)


def place_in_stage(
    vectors: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    positions: NDArray[np.float32],
    stage: Stage,
) -> Placement:
    """`place` as a stage of larger work."""
    shapes = vectors.shape, landmarks.shape, positions.shape
    if not len(landmarks) or len(landmarks) != len(positions) or shapes[0][1:] != shapes[1][1:]:
        raise ValueError(f"{shapes[0]} cannot be placed among {shapes[1]}, {shapes[2]}")
    if not len(vectors):
        return Placement(np.empty((0, 2), np.float32), np.empty(0, bool))
    count = min(LANDMARKS, len(landmarks))
    indices, distances = nearest(landmarks, count, stage, vectors)
    points = np.empty((len(vectors), 2), dtype=np.float32)
    for begin in range(0, len(points), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        points[part] = among(positions[indices[part]], distances[part])
    return Placement(points, distances[:, 0] > _usual(landmarks))


def among(near: NDArray[np.float32], distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (m, 2) where images go whose landmarks lie at (m, k, 2), that far from them (m, k)."""
    weights = np.exp(-((distances / np.maximum(distances.mean(axis=1, keepdims=True), 1e-9)) ** 2))
    apart = np.linalg.norm(near[:, :, None] - near[:, None], axis=3)
    middle = np.einsum("mij,mj->mi", apart, weights).argmin(axis=1)
    from_middle = apart[np.arange(len(near)), middle]
    weights *= from_middle <= np.median(from_middle, axis=1, keepdims=True)
    points = np.einsum("mk,mkd->md", weights, near) / weights.sum(axis=1, keepdims=True)
    return points.astype(np.float32)


def _usual(landmarks: NDArray[np.float32]) -> float:
    """The distance to the nearest other that 99.5 % of the landmarks stay below."""
    if len(landmarks) < 2:
        return float("inf")
    rows = np.linspace(0, len(landmarks) - 1, min(_SAMPLE, len(landmarks))).astype(np.intp)
    _, distances = nearest(landmarks, 2, queries=landmarks[rows])
    return float(np.percentile(distances[:, 1], _USUAL)) * (1 + 1e-6)
