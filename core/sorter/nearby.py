"""Whether images of a delivery lie among one another more than their classes explain.

Images of a class that was not there are each other's neighbours, whatever class they are taken for,
where a shift of means drowns: a few dozen deer among thousands of horses and dogs. So each image is
asked which share of its nearest neighbours is of the delivery, less what its predicted class and
its probabilities lead to expect, and the excess of those that stand out is added up. This is the
two-sample test by nearest neighbours (Schilling 1986, Henze 1988), with the excess cut off below as
in tests for a few among many (higher criticism, Donoho and Jin 2004).

Pictures of one series lie together in any delivery. What is more alike than two pictures of one
class are as a rule does not count as a neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

NEIGHBOURS = (20, 70)
"""How many are asked: few find a class that is spread out, many one that lies together."""
_CUT = 2.0  # standard deviations of an image's share, below which nothing is added
_SERIES = 0.9  # cosine from which two pictures are of one series
_SPARE = 30  # neighbours that may be of the same series
_RIDGE = 1.0  # of the mean eigenvalue
_BLOCK = 1_024
_DIRECTIONS = 100  # of the probabilities that explain

_Array = np.ndarray


def graphs(vectors: _Array) -> list[sparse.csr_array]:
    """(N, N) for each of `NEIGHBOURS`: an image's share of each other, in rows that add up to one.

    Args:
        vectors: (N, D) float32.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64) / len(centred))
    values = np.maximum(values, 0.0)
    scales = 1.0 / np.sqrt(values + _RIDGE * max(float(values.mean()), 1e-12))
    white = centred @ (axes * scales).astype(np.float32)
    white /= np.maximum(np.linalg.norm(white, axis=1, keepdims=True), 1e-12)
    most = min(max(NEIGHBOURS), len(vectors) - 1)
    near = _nearest(white, unit, most)
    return [_graph(near[:, : min(count, most)]) for count in NEIGHBOURS]


def _nearest(white: _Array, unit: _Array, count: int) -> _Array:
    """(N, count) int32 nearest by ``white``, those of the same series behind all others."""
    size = len(white)
    asked = min(count + _SPARE, size - 1)
    result = np.empty((size, count), np.int32)
    for begin in range(0, size, _BLOCK):
        likeness = white[begin : begin + _BLOCK] @ white.T
        rows = np.arange(len(likeness))
        likeness[rows, rows + begin] = -np.inf
        some = np.argpartition(-likeness, asked - 1, axis=1)[:, :asked]
        order = np.argsort(-np.take_along_axis(likeness, some, 1), axis=1, kind="stable")
        some = np.take_along_axis(some, order, 1)
        series = np.take_along_axis(unit[begin : begin + _BLOCK] @ unit.T, some, 1) > _SERIES
        last = np.argsort(series, axis=1, kind="stable")[:, :count]
        result[begin : begin + _BLOCK] = np.take_along_axis(some, last, 1)
    return result


def _graph(near: _Array) -> sparse.csr_array:
    size, count = near.shape
    weights = np.full(size * count, 1 / max(count, 1), np.float32)
    starts = np.arange(size + 1) * count
    return sparse.csr_array((weights, near.ravel(), starts), shape=(size, size))


def excess(
    shares: Sequence[sparse.csr_array], picks: _Array, classes: _Array, probabilities: _Array
) -> _Array:
    """(S, 1 + R, N) float32 how much of each image's surroundings is of the delivery, beyond what
    is expected, in standard deviations and less the cut; 0 where an image is not of the delivery.

    Args:
        shares: (S,) `graphs`.
        picks: (1 + R, N) float32 who is of the delivery: as it is, then permuted within classes.
        classes: (N,) predicted; probabilities: (N, K).
    """
    away = picks - _class_means(picks[0], classes)
    basis = _basis(probabilities, classes)
    away -= (away @ basis) @ basis.T
    share = float(picks[0].mean())
    result = np.empty((len(shares), *picks.shape), np.float32)
    for number, graph in enumerate(shares):
        spread = np.sqrt(max(share * (1 - share), 1e-9) / max(int(graph.indptr[1]), 1))
        around = np.asarray((graph @ away.T).T)
        result[number] = picks * np.maximum(around / spread - _CUT, 0.0)
    return result


def _class_means(values: _Array, classes: _Array) -> _Array:
    """(N,) float32 mean of an image's class."""
    counts = np.bincount(classes)
    sums = np.bincount(classes, weights=values)
    return np.asarray((sums / np.maximum(counts, 1))[classes], dtype=np.float32)


def _basis(probabilities: _Array, classes: _Array) -> _Array:
    """(N, d) float32 orthonormal: what probabilities tell within predicted classes."""
    own = probabilities.astype(np.float64)
    for k in np.unique(classes):
        own[classes == k] -= own[classes == k].mean(axis=0)
    values, axes = np.linalg.eigh(own.T @ own)
    useful = np.flatnonzero(values > 1e-6 * max(float(values.sum()), 1e-12))[-_DIRECTIONS:]
    return np.asarray(own @ (axes[:, useful] / np.sqrt(values[useful])), dtype=np.float32)
