"""The 2-D map: images that look alike lie near one another."""

import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.map.neighbours import nearest
from core.map.pca import principal_components

__all__ = ["Cancelled", "layout"]

Progress = Callable[[str, float], None]

_COMPONENTS = 64
_NEIGHBOURS = 15
_MIN_DIST = 0.1
_EXACT_BELOW = 30_000
_EXTENT = 10.0
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


class Cancelled(Exception):
    """The caller's `cancelled()` returned True; no layout was made."""


def layout(
    vectors: NDArray[np.float32],
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> NDArray[np.float32]:
    """Return (N, 2) float32 map coordinates, centred, the farther axis reaching to 10.

    vectors: (N, D) image vectors; only their directions count. The first 64 principal components
    of the unit vectors, then UMAP (McInnes et al., arXiv 1802.03426) with 15 neighbours, started
    from the first two components (Kobak and Linderman, Nature Biotechnology 2021: the start
    decides the global shape). Up to 15 images get these two components themselves, and images
    that are all alike a spiral, so that each can be seen. Same input and seed, same map on one
    machine.

    `progress(stage, share)` is called often with the stage in words and the share of the whole
    done, rising to 1. When `cancelled()` returns True, `Cancelled` is raised within a second or
    so (the first run compiles UMAP's loops, and cannot stop while it does).

    Raises ValueError if `vectors` is not (N, D) with N, D >= 1 or not finite.
    """
    if vectors.ndim != 2 or vectors.size == 0:
        raise ValueError(f"vectors must be (N, D) and not empty, got {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors hold a value that is not finite")

    def report(stage: str, share: float) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(stage, share)

    report("finding the main directions", 0.0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    points = principal_components(units, min(_COMPONENTS, max(2, units.shape[1])))
    # Rounding leaves a little spread in copies; a map of that would be noise.
    if np.abs(points).max() < 1e-5:
        coordinates = _spiral(len(points))
    elif len(points) <= _NEIGHBOURS:
        coordinates = points[:, :2]
    else:
        coordinates = _umap(points, seed, report)
    report("done", 1.0)
    return _scaled(coordinates)


def _umap(points: NDArray[np.float32], seed: int, report: Progress) -> NDArray[np.float32]:
    """Run UMAP's two stages on (N, d) points, the neighbours found beforehand."""
    report("loading UMAP", 0.05)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # UMAP misses TensorFlow, which is not used
        from umap import layouts, umap_

    # The functions inside UMAP.fit are called here and not the class, which would search
    # neighbours with an index that takes longer to compile than to map thousands of images.
    state = np.random.RandomState(seed)
    report("finding neighbours", 0.1)
    if len(points) < _EXACT_BELOW:
        indices, distances = nearest(
            points, _NEIGHBOURS, lambda share: report("finding neighbours", 0.1 + 0.2 * share)
        )
    else:
        indices, distances, _ = umap_.nearest_neighbors(
            points, _NEIGHBOURS, "euclidean", {}, False, state, low_memory=True, n_jobs=1
        )
    report("building the graph", 0.31)
    graph, _, _ = umap_.fuzzy_simplicial_set(
        points, _NEIGHBOURS, state, "euclidean", knn_indices=indices, knn_dists=distances
    )
    a, b = umap_.find_ab_params(1.0, _MIN_DIST)
    layouts.tqdm = _epochs
    embedding, _ = umap_.simplicial_set_embedding(
        points,
        graph,
        n_components=2,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=None,
        init=_start(points, state),
        random_state=state,
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        parallel=False,
        tqdm_kwds={"tell": lambda share: report("arranging", 0.35 + 0.65 * share)},
    )
    return embedding


def _epochs(epochs: Sequence[int], tell: Callable[[float], None], **_: object) -> Iterator[int]:
    """Stands in for UMAP's progress bar: says the share done between epochs.

    tqdm draws under a lock of the whole process and does not let go of it when drawing raises; a
    cancelled map would then hang the next one and every download. Here `tell` may raise.
    """
    for done, epoch in enumerate(epochs):
        tell(done / len(epochs))
        yield epoch


def _start(points: NDArray[np.float32], state: np.random.RandomState) -> NDArray[np.float32]:
    """Return the first two components with a little noise, so that copies can part."""
    start = points[:, :2] / np.abs(points[:, :2]).max()
    return (start + state.normal(scale=1e-4, size=start.shape)).astype(np.float32)


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
