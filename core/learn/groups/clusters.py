"""Groups of look-alike images, for looking, naming and reporting."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.runtime.progress import Report

__all__ = ["Clusters", "kmeans", "name_clusters", "stable_k", "strongest_directions", "suggest_k"]

_MINI_BATCH_ABOVE = 20_000
_DIRECTIONS = 64  # strongest directions in which more images than that are grouped
_SAMPLE = 5_000  # images from which these directions come
_STABILITY_SAMPLE = 2_000  # images that numbers of groups are tried on
_STABILITY_DIRECTIONS = 32


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
    """Group (N, D) vectors by direction with k-means.

    Above 20,000 images in mini-batches, and in the 64 strongest directions of a sample of them.

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
        units = _strongest(units, seed)
    else:
        model = KMeans(k, random_state=seed, n_init=3)
    with warnings.catch_warnings():
        # Fewer different vectors than k: the empty groups are dropped and the caller sees fewer.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit_predict(units).astype(np.int32)


def _strongest(units: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """(N, at most 64) the vectors in the directions in which a sample of them varies most."""
    return units @ strongest_directions(units, seed)


def strongest_directions(units: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return (D, at most 64) the directions in which a sample of (N, D) vectors varies most."""
    rows = np.random.default_rng(seed).permutation(len(units))[:_SAMPLE]
    sample = units[rows] - units[rows].mean(axis=0)
    _, axes = np.linalg.eigh(sample.T @ sample)
    directions: NDArray[np.float32] = axes[:, -_DIRECTIONS:]
    return directions


def by_size(labels: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return groups (N,) numbered anew by size, ties by their first image, and the sizes (k,)."""
    _, first, position, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[position], sizes[order]


def _described(units: NDArray[np.float32], labels: NDArray[np.int32]) -> Clusters:
    """Renumber groups by size and find their means and medoids."""
    assignment, sizes = by_size(labels)
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


def stable_k(
    vectors: NDArray[np.float32],
    candidates: Sequence[int],
    seed: int = 0,
    pairs: int = 3,
    report: Report | None = None,
) -> tuple[int, dict[int, float]]:
    """Return the number of groups that comes out most alike when half the images are others.

    vectors: (N, D). candidates: numbers to try. Each k is tried on `pairs` pairs of overlapping
    subsets of at most 2,000 images, in their 32 strongest directions, and scored by Rand index on
    the images both have (clustering stability, Ben-Hur, Elisseeff and Guyon, PSB 2002): 1 for the
    same groups, 0 for chance. The largest k whose mean lies within one standard error of the best
    is taken: as fine as the data bear.

    report: told how many of how many numbers are tried, and which is tried now.

    Returns the k and the score of every candidate. Raises ValueError without candidates, and
    Cancelled when asked to stop.
    """
    if not candidates:
        raise ValueError("no candidates for k")
    rng = np.random.default_rng(seed)
    sample = _stability_sample(vectors, rng, seed)
    usable = sorted({k for k in candidates if 1 <= k <= max(1, len(sample) // 3)}) or [1]
    scores: dict[int, float] = {}
    errors: dict[int, float] = {}
    # Threads that share so little spend their time waiting for each other: 14 times the processor.
    with threadpool_limits(1, user_api="openmp"):
        for number, k in enumerate(usable):
            if report is not None:
                report.step("Trying numbers of clusters", number, len(usable), f"now {k}")
            values = [_agreement(sample, k, rng, seed) for _ in range(pairs)]
            scores[k] = float(np.mean(values))
            errors[k] = float(np.std(values) / np.sqrt(pairs))
    best = max(usable, key=scores.__getitem__)
    near = [k for k in usable if scores[k] >= scores[best] - errors[best]]
    return max(near), scores


def _stability_sample(
    vectors: NDArray[np.float32], rng: np.random.Generator, seed: int
) -> NDArray[np.float32]:
    """Return (at most 2,000, at most 32) a random sample in its strongest directions."""
    from sklearn.decomposition import PCA

    sample = vectors[rng.permutation(len(vectors))[:_STABILITY_SAMPLE]]
    if min(sample.shape) <= _STABILITY_DIRECTIONS:
        return sample
    reduced = PCA(_STABILITY_DIRECTIONS, random_state=seed).fit_transform(sample)
    return reduced.astype(np.float32)


def _agreement(sample: NDArray[np.float32], k: int, rng: np.random.Generator, seed: int) -> float:
    """Group two subsets that share a third of the images; return the adjusted Rand index on it."""
    from sklearn.metrics import adjusted_rand_score

    shuffled = rng.permutation(len(sample))
    third = len(shuffled) // 3
    both = shuffled[:third]
    halves = [np.concatenate([both, shuffled[third * i : third * (i + 1)]]) for i in (1, 2)]
    left, right = (kmeans(sample[half], k, seed).assignment[:third] for half in halves)
    return float(adjusted_rand_score(left, right))


def name_clusters(
    centres: NDArray[np.float32],
    middle: NDArray[np.float32],
    texts: NDArray[np.float32],
    most: int = 3,
) -> list[list[int]]:
    """Return for each cluster the texts that set it apart from the collection, best first.

    centres: (k, D) means of the clusters. middle: (D,) mean of the collection. texts: (M, D) unit
    embeddings of candidate names. Scores are those of centre minus middle, so that a text which
    fits every image names none; a text is the first name of one cluster only, of the one that it
    fits best.
    """
    scores = (centres - middle) @ texts.T
    order = np.argsort(-scores, axis=1, kind="stable")
    taken: set[int] = set()
    names: list[list[int]] = [[] for _ in range(len(centres))]
    for cluster in np.argsort(-scores.max(axis=1, initial=-np.inf), kind="stable"):
        free = [int(t) for t in order[cluster, : most + len(taken)] if int(t) not in taken]
        names[cluster] = free[:most]
        taken.update(free[:1])
    return names
