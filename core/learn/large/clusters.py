"""Groups of look-alikes among very many images, whose vectors stay on disk."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.groups.clusters import Clusters, by_size, kmeans, strongest_directions
from core.runtime.rows import StoredRows

__all__ = ["kmeans_of", "kmeans_stored"]

_LEARNED_FROM = 100_000  # images that the groups are learned from; the others join the nearest


def kmeans_of(vectors: NDArray[np.float32] | StoredRows, k: int) -> Clusters:
    """Group (N, D) unit vectors by direction, in memory or on disk."""
    return kmeans_stored(vectors, k) if isinstance(vectors, StoredRows) else kmeans(vectors, k)


def kmeans_stored(vectors: StoredRows, k: int, seed: int = 0) -> Clusters:
    """Group (N, D) unit vectors by direction: `core.learn.groups.clusters.kmeans` of 100,000.

    These are drawn by the seed; every other image joins the group whose centre is nearest in the
    same directions. Groups are numbered by size, ties by their first image; none is empty.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:_LEARNED_FROM])
    sample = vectors[rows]
    axes = strongest_directions(sample, seed).astype(np.float32)
    learned = kmeans(sample, k, seed).assignment
    sums = csr_array((np.ones(len(learned)), (learned, np.arange(len(learned))))) @ (sample @ axes)
    middles = sums / np.bincount(learned)[:, None]
    products = vectors @ (axes @ middles.T.astype(np.float32))
    products -= (0.5 * (middles**2).sum(axis=1)).astype(np.float32)
    return _described(vectors, products.argmax(axis=1))


def _described(vectors: StoredRows, labels: NDArray[np.intp]) -> Clusters:
    """Number groups by size and find their means and medoids, a block at a time."""
    assignment, sizes = by_size(labels)
    sums = np.zeros((len(sizes), vectors.shape[1]))
    for begin, block in vectors.numbered():
        own = assignment[begin : begin + len(block)]
        places = (own, np.arange(len(block)))
        sums += csr_array((np.ones(len(block)), places), shape=(len(sizes), len(block))) @ block
    centres = (sums / sizes[:, None]).astype(np.float32)
    return Clusters(assignment, centres, _medoids(vectors, assignment, centres), sizes)


def _medoids(
    vectors: StoredRows, assignment: NDArray[np.int32], centres: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Return (k,) the row of each group that is nearest to its centre, the first of several."""
    least = np.full(len(centres), np.inf)
    result = np.zeros(len(centres), dtype=np.intp)
    for begin, block in vectors.numbered():
        own = assignment[begin : begin + len(block)]
        apart = np.square(block - centres[own]).sum(axis=1)
        order = np.lexsort((apart, own))
        groups, starts = np.unique(own[order], return_index=True)
        rows = order[starts]
        nearer = apart[rows] < least[groups]
        least[groups[nearer]] = apart[rows[nearer]]
        result[groups[nearer]] = begin + rows[nearer]
    return result
