"""The neighbourhood layer: images that look alike tend to be of one class.

Each image's class probabilities are pulled towards those of its nearest neighbours; labeled images
stay what people said. It costs O(N k K) a round and never compares all images with all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.learn.models.frame import frame_of
from core.runtime.pausing import breathe

__all__ = ["TINY", "WEIGHT", "Graph", "knn_graph", "smooth"]

WEIGHT = 3.0
"""How loudly neighbours are heard."""

TINY = 1e-30
"""What a probability of zero counts as."""
_BLOCK_CELLS = 16_000_000
_EXACT_UP_TO = 20_000
_TRAINING_ROWS = 50_000
_PROBES = 24


@dataclass(frozen=True)
class Graph:
    """The nearest other images of each image.

    `neighbours` (N, k) int32, nearest first, by cosine; an image is not its own neighbour.
    k is smaller than asked when there are fewer images.
    """

    neighbours: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.neighbours)

    @property
    def mean(self) -> csr_array:
        """(N, N) sparse float32: times a matrix it gives the mean over each row's neighbours."""
        n, k = self.neighbours.shape
        weights = np.full(n * k, 1.0 / max(k, 1), dtype=np.float32)
        starts = np.arange(0, n * k + 1, k) if k else np.zeros(n + 1, dtype=np.int64)
        return csr_array((weights, self.neighbours.ravel(), starts), shape=(n, n))


def knn_graph(vectors: NDArray[np.float32], k: int = 10) -> Graph:
    """Find the k nearest other images of each of N images, by the cosine of their features.

    vectors: (N, D). Features are the vectors in the pool's frame (`core.learn.models.frame`):
    centred, so that what all images share does not count. Exact up to 20,000 images. Above, images
    are sorted into cells and looked for in the nearest 24 only (faiss's inverted lists), which
    finds about 94 of 100 true neighbours. Memory O(N D).
    """
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return Graph(np.empty((n, 0), dtype=np.int32))
    features = frame_of(vectors).features(vectors)
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    search = _exact(features) if n <= _EXACT_UP_TO else _inverted_lists(features)
    neighbours = np.empty((n, k), dtype=np.int32)
    step = max(1, _BLOCK_CELLS // n)
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        near = search(rows, k + 1)
        # An image finds itself first, unless copies of it come before; then the last one goes.
        other = near != rows[:, None]
        other[other.all(axis=1), -1] = False
        neighbours[rows] = near[other].reshape(len(rows), k)
    return Graph(neighbours)


def _exact(features: NDArray[np.float32]) -> Callable[[NDArray[np.intp], int], NDArray[np.intp]]:
    """Return a search (rows, count) -> (rows, count) neighbours that compares with everything."""

    def search(rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
        far = features[rows] @ -features.T
        best = np.argpartition(far, count - 1, axis=1)[:, :count]
        # Equal distances in the order of rows: the graph must not depend on the block.
        best.sort(axis=1)
        order = np.argsort(np.take_along_axis(far, best, axis=1), axis=1, kind="stable")
        return np.take_along_axis(best, order, axis=1)

    return search


def _inverted_lists(
    features: NDArray[np.float32],
) -> Callable[[NDArray[np.intp], int], NDArray[np.intp]]:
    """Return such a search among the nearest cells only."""
    import faiss

    n, dimensions = features.shape
    cells = round(2 * n**0.5)
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(dimensions), dimensions, cells, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed, index.cp.niter = 0, 8
    index.cp.max_points_per_centroid = _TRAINING_ROWS // cells
    index.train(features)
    index.add(features)
    index.nprobe = _PROBES

    def search(rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
        near = index.search(features[rows], count)[1]
        # A probe of few images leaves gaps (-1): they become the image itself.
        return np.where(near < 0, rows[:, None], near)

    return search


def smooth(
    probabilities: NDArray[np.floating],
    graph: Graph,
    rows: NDArray[np.integer],
    targets: NDArray[np.floating],
    iterations: int = 5,
    weight: float = WEIGHT,
    evenly: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (N, K) probabilities after some rounds of z = softmax(log p + weight * mean z).

    And (N, K) what images said that was heard in the last round.

    probabilities: (N, K) of the model, rows sum to 1. rows, targets: (m,) labeled rows and (m, K)
    their class shares, which is what their neighbours hear of them. What is returned for them is
    what their neighbours and the model make of them, as for every image. The mean is over the
    neighbours. evenly: from 0, where every neighbour has a say as it is, to 1, where what it says
    of a class counts by one over the share of that class in the pool, so that a few look-alikes of
    a rare class are not outvoted by many of a common one.
    """
    own = np.maximum(probabilities, TINY).astype(np.float32)
    ones = np.ones(own.shape[1], dtype=np.float32)
    mean = graph.mean
    z = voices = own / (own @ ones)[:, None]
    for _ in range(iterations):
        breathe()
        z[rows] = targets
        if evenly:
            z /= np.maximum(z.mean(axis=0), TINY) ** np.float32(evenly)
            z /= (z @ ones)[:, None]
        voices, z = z, mean @ z
        # The means lie in 0..1, so nothing overflows and the likeliest class never vanishes.
        z *= np.float32(weight)
        np.exp(z, out=z)
        z *= own
        z /= (z @ ones)[:, None]
    return z, voices
