"""Groups of look-alike images, for looking, naming and reporting."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clusters", "kmeans", "purity", "suggest_k"]

_MINI_BATCH_ABOVE = 20_000


@dataclass(frozen=True)
class Clusters:
    """A partition of N images into k groups, the largest first.

    `assignment` (N,) int32, 0 to k - 1; `centres` (k, D) float32, means of unit vectors;
    `medoids` (k,) the row nearest to each centre; `sizes` (k,) images per group, none zero.
    """

    assignment: NDArray[np.int32]
    centres: NDArray[np.float32]
    medoids: NDArray[np.intp]
    sizes: NDArray[np.intp]


def kmeans(vectors: NDArray[np.float32], k: int, seed: int = 0) -> Clusters:
    """Group (N, D) vectors by direction with k-means, mini-batch above 20,000 images.

    Vectors are brought to unit length first (zero vectors stay zero). Empty groups are dropped, so
    fewer than `k` come back when there are fewer than `k` different vectors; `k` above N means N.
    Groups are numbered by size, ties by their first image. Same input and seed, same groups.

    Raises ValueError if `vectors` is not (N, D) with N, D >= 1 or not finite, or if k < 1.
    """
    if vectors.ndim != 2 or vectors.size == 0:
        raise ValueError(f"vectors must be (N, D) and not empty, got {vectors.shape}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors hold a value that is not finite")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return _described(units, _partition(units, min(k, len(units)), seed))


def _partition(units: NDArray[np.float32], k: int, seed: int) -> NDArray[np.int32]:
    """Return (N,) group numbers in scikit-learn's arbitrary order."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    model: KMeans | MiniBatchKMeans
    if len(units) > _MINI_BATCH_ABOVE:
        model = MiniBatchKMeans(k, random_state=seed, n_init=3, batch_size=4_096)
    else:
        model = KMeans(k, random_state=seed, n_init=3)
    with warnings.catch_warnings():
        # Fewer different vectors than k: the empty groups are dropped and the caller is told so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit_predict(units).astype(np.int32)


def _described(units: NDArray[np.float32], labels: NDArray[np.int32]) -> Clusters:
    """Renumber groups by size and find their means and medoids."""
    _, first, position, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    assignment, sizes = rank[position], sizes[order]
    members = np.split(np.argsort(assignment, kind="stable"), np.cumsum(sizes)[:-1])
    centres = np.stack([units[rows].mean(axis=0, dtype=np.float64) for rows in members])
    medoids = [
        rows[np.square(units[rows] - centre).sum(axis=1).argmin()]
        for rows, centre in zip(members, centres, strict=True)
    ]
    return Clusters(
        assignment, centres.astype(np.float32), np.array(medoids, np.intp), sizes.astype(np.intp)
    )


def suggest_k(n: int, classes: int) -> int:
    """Return a number of groups to start from for `n` images of `classes` classes.

    Two a class, since most classes look more than one way, but at least 8 to have something to
    look at, and no more than leaves ten images to a group; 1 to 200. It is a starting point for
    looking: for statistics use at least five a class.
    """
    wanted = min(max(2 * classes, 8), 200)
    return max(1, min(wanted, n // 10))


def purity(
    assignment: NDArray[np.integer], predicted: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return, per group, the share of its most common predicted class and which class that is.

    assignment, predicted: (N,) group and class of each image, both from 0. Both results are (k,)
    for groups 0 to the highest seen; a number without members gets share 0 and class -1. Ties go
    to the lower class. Raises ValueError if the two are not of one length.
    """
    if assignment.shape != predicted.shape or assignment.ndim != 1:
        raise ValueError(f"assignment {assignment.shape} and predicted {predicted.shape} differ")
    if assignment.size == 0:
        return np.empty(0, np.float32), np.empty(0, np.intp)
    table = np.zeros((int(assignment.max()) + 1, int(predicted.max()) + 1), dtype=np.int64)
    np.add.at(table, (assignment, predicted), 1)
    sizes = table.sum(axis=1)
    share = table.max(axis=1) / np.maximum(sizes, 1)
    which = np.where(sizes > 0, table.argmax(axis=1), -1)
    return share.astype(np.float32), which.astype(np.intp)
