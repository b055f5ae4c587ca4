"""UMAP's graph: how strongly each point belongs together with its neighbours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fuzzy_graph"]

_STEPS = 40
_LEAST_SCALE = 1e-3  # of the mean distance, as in umap-learn


def fuzzy_graph(indices: NDArray[np.int32], distances: NDArray[np.float32]) -> Any:
    """Return the symmetric sparse (N, N) float32 matrix of memberships in 0..1.

    indices, distances: (N, k) neighbours of each point, itself first. Each point's nearest other
    belongs to it fully, the rest by exp(-(d - nearest) / scale), with the scale that makes all
    memberships of a point sum to log2(k); then both directions are united (McInnes et al., arXiv
    1802.03426, algorithms 2 and 3). Equal to umap-learn's `fuzzy_simplicial_set`, whose loops would
    first take five seconds to compile.
    """
    from scipy.sparse import coo_matrix

    n, k = distances.shape
    target = np.log2(k)
    apart = distances > 0
    nearest = np.where(apart, distances, np.inf).min(axis=1)
    nearest = np.where(np.isfinite(nearest), nearest, 0.0)
    beyond = np.maximum(distances - nearest[:, None], 0.0)
    low, high, scale = np.zeros(n), np.full(n, np.inf), np.ones(n)
    for _ in range(_STEPS):
        total = np.exp(-beyond[:, 1:] / scale[:, None]).sum(axis=1)
        high = np.where(total > target, scale, high)
        low = np.where(total > target, low, scale)
        scale = np.where(np.isfinite(high), (low + high) / 2, 2 * scale)
    mean = distances.mean(axis=1)
    least = _LEAST_SCALE * np.where(nearest > 0, mean, distances.mean())
    scale = np.maximum(scale, np.maximum(least, 1e-12))
    weights = np.exp(-beyond / scale[:, None])
    weights[indices == np.arange(n)[:, None]] = 0.0
    rows = np.repeat(np.arange(n, dtype=np.int32), k)
    directed = coo_matrix((weights.ravel(), (rows, indices.ravel())), shape=(n, n)).tocsr()
    directed.eliminate_zeros()
    mirrored = directed.T.tocsr()
    return (directed + mirrored - directed.multiply(mirrored)).astype(np.float32)
