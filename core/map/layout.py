"""The 2-D map: images that look alike lie near one another."""

import numpy as np
from numpy.typing import NDArray

from core.map.arrange import arrange
from core.map.graph import fuzzy_graph
from core.map.large import layout_stored
from core.map.neighbours import likely_nearest, nearest
from core.map.pca import principal_components
from core.map.place import place_in_stage
from core.map.stage import Stage
from core.runtime.progress import Report
from core.runtime.rows import StoredRows, is_stored

__all__ = ["ARRANGED", "layout"]

_COMPONENTS = 64
_NEIGHBOURS = 15
_CURVE = (1.5769434602, 0.8950608780)  # umap-learn's a and b for a least distance of 0.1
_EXACT_BELOW = 20_000
ARRANGED = 100_000
"""Images that UMAP itself arranges; of more each other is placed among these."""
_PART = 0.4  # of the time, as the share goes
_FEW, _EPOCHS_FEW, _EPOCHS_MANY = 10_000, 500, 200  # as in umap-learn
_EXTENT = 10.0
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def layout(
    vectors: NDArray[np.float32], seed: int = 0, report: Report | None = None
) -> NDArray[np.float32]:
    """Return (N, 2) float32 map coordinates, centred, the farther axis reaching to 10.

    vectors: (N, D) image vectors; only their directions count. The first 64 principal components
    of the unit vectors, then UMAP (McInnes et al., arXiv 1802.03426) with 15 neighbours, started
    from the first two components (Kobak and Linderman, Nature Biotechnology 2021: the start
    decides the global shape). Up to 15 images get these two components themselves, and images
    that are all alike a spiral, so that each can be seen. Same input and seed, same map on one
    machine. Of more than 100,000 images, UMAP arranges 100,000 drawn by the seed and each of the
    others is placed where its nearest of these are.

    `report` is told often the stage in words and the share of the whole done, rising to 1.

    Raises ValueError if `vectors` is not (N, D) with N, D >= 1 or not finite, and `Cancelled`
    within a few seconds when asked to stop (the first run compiles UMAP's loop, and cannot stop
    while it does).
    """
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise ValueError(f"vectors must be (N, D) and not empty, got {vectors.shape}")
    if not is_stored(vectors) and not np.isfinite(vectors).all():  # a store takes no others
        raise ValueError("vectors hold a value that is not finite")

    whole = Stage(report or Report(), "finding the main directions")
    whole.reached(0.0)
    if isinstance(vectors, StoredRows) and len(vectors) > ARRANGED:
        coordinates = _of_stored(vectors, seed, whole)
    else:
        coordinates = _in_memory(_components(vectors), seed, whole)
    whole.part("done", 0.0, 1.0).reached(1.0)
    return _scaled(coordinates)


def _in_memory(points: NDArray[np.float32], seed: int, whole: Stage) -> NDArray[np.float32]:
    """The map of (N, d) points, however few they are."""
    if _all_alike(points):
        return _spiral(len(points))
    if len(points) <= _NEIGHBOURS:
        return points[:, :2]
    return _umap(points, seed, whole)


def _all_alike(points: NDArray[np.float32]) -> bool:
    """Rounding leaves a little spread in copies; a map of that would be noise."""
    return bool(np.abs(points).max() < 1e-5)


def _of_stored(vectors: StoredRows, seed: int, whole: Stage) -> NDArray[np.float32]:
    """The map of more stored vectors than UMAP arranges; images that are all alike lie in a spiral
    round the few that are not."""

    def arranged(points: NDArray[np.float32], stage: Stage) -> NDArray[np.float32]:
        return _spiral(len(points)) if _all_alike(points) else _arranged(points, seed, stage)

    components = min(_COMPONENTS, max(2, vectors.shape[1]))
    drawn = np.sort(np.random.default_rng(seed).choice(len(vectors), ARRANGED, replace=False))
    return layout_stored(vectors, components, drawn, arranged, whole, _PART)


def _components(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N, up to 64) principal component scores of the (N, D) vectors' directions."""
    units = vectors
    if not is_stored(vectors):  # those are of unit norm but for their rounding
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        units = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return principal_components(units, min(_COMPONENTS, max(2, units.shape[1])))


def _umap(points: NDArray[np.float32], seed: int, whole: Stage) -> NDArray[np.float32]:
    """Run UMAP on (N, d) points; of many points on a part, the others placed among it."""
    if len(points) <= ARRANGED:
        return _arranged(points, seed, whole)
    drawn = np.zeros(len(points), dtype=bool)
    drawn[np.random.default_rng(seed).choice(len(points), ARRANGED, replace=False)] = True
    result = np.empty((len(points), 2), dtype=np.float32)
    result[drawn] = _arranged(points[drawn], seed, whole.part("", 0.0, _PART))
    others = whole.part("placing the others", _PART, 1.0)
    result[~drawn] = place_in_stage(points[~drawn], points[drawn], result[drawn], others).points
    return result


def _arranged(points: NDArray[np.float32], seed: int, whole: Stage) -> NDArray[np.float32]:
    """Run UMAP's stages on (N, d) points.

    The stages are Winnow's own, checked against umap-learn's in the tests: those search neighbours
    with an index that takes longer to compile than to map thousands of images, compile the graph,
    and hold Python's lock for whole epochs.
    """
    finding = whole.part("finding neighbours", 0.1, 0.3)
    finding.reached(0.0)
    neighbours = nearest if len(points) < _EXACT_BELOW else likely_nearest
    indices, distances = neighbours(points, _NEIGHBOURS, finding)
    whole.part("building the graph", 0.31, 0.35).reached(0.0)
    graph = fuzzy_graph(indices, distances)
    epochs = _EPOCHS_FEW if len(points) <= _FEW else _EPOCHS_MANY
    arranging = whole.part("arranging", 0.35, 0.99)
    return arrange(_start(points, seed), graph, _CURVE, epochs, seed, arranging)


def _start(points: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the first two components with a little noise, so that copies can part."""
    noise = np.random.default_rng(seed).normal(scale=1e-4, size=(len(points), 2))
    start = _EXTENT / 2 * points[:, :2] / np.abs(points[:, :2]).max()
    return (start + noise).astype(np.float32)


def _spiral(n: int) -> NDArray[np.float32]:
    """Return n points evenly spread over a disc (Vogel's sunflower)."""
    index = np.arange(n)
    radius, angle = np.sqrt(index / max(n - 1, 1)), index * _GOLDEN_ANGLE
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]).astype(np.float32)


def _scaled(coordinates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre on the middle of the extent and scale the longer side to 20, shape kept."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    side = float((high - low).max())
    centred = coordinates - (low + high) / 2
    return (centred * (2 * _EXTENT / side if side > 0 else 0.0)).astype(np.float32)
