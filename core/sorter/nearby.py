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

from core.encoders.base import unit_rows
from core.sorter.whitening import whitened

NEIGHBOURS = (20, 70, 150)
"""How many are asked: few find a class that is spread out, many one that lies together."""
_CUT = 1.5  # standard deviations of an image's share, below which nothing is added
_SERIES = 0.9  # cosine from which two pictures are of one series
_SPARE = 30  # neighbours that may be of the same series
_RIDGE = 1.0  # of the mean eigenvalue
_BLOCK = 1_024
_DIRECTIONS = 100  # of the probabilities that explain

_Array = np.ndarray


def neighbours(views: Sequence[_Array]) -> list[_Array]:
    """(N, n) int32 for each view: the nearest others of each image, nearest first.

    Args:
        views: (N, D) float32 each, the same images; the first is how they look, by which series
            are told.
    """
    size = len(views[0])
    count = min(max(NEIGHBOURS), size - 1)
    asked = min(count + _SPARE, size - 1)
    unit = unit_rows(views[0])
    whites = [unit_rows(whitened(view - view.mean(axis=0), _RIDGE)) for view in views]
    results = [np.empty((size, count), np.int32) for _ in views]
    for begin in range(0, size, _BLOCK):
        block = slice(begin, begin + _BLOCK)
        alike = unit[block] @ unit.T
        for white, result in zip(whites, results, strict=True):
            result[block] = _nearest(white[block] @ white.T, alike, begin, asked)[:, :count]
    return results


def _nearest(likeness: _Array, alike: _Array, begin: int, asked: int) -> _Array:
    """(n, asked) the nearest others by ``likeness`` (n, N), those of the same series, which are as
    much ``alike`` (n, N), behind all others.

    Args:
        begin: which image the first row is.
    """
    rows = np.arange(len(likeness))
    likeness[rows, rows + begin] = -np.inf
    some = np.argpartition(-likeness, asked - 1, axis=1)[:, :asked]
    order = np.argsort(-np.take_along_axis(likeness, some, 1), axis=1, kind="stable")
    some = np.take_along_axis(some, order, 1)
    series = np.take_along_axis(alike, some, 1) > _SERIES
    return np.take_along_axis(some, np.argsort(series, axis=1, kind="stable"), 1)


def excess(near: _Array, picks: _Array, classes: _Array, probabilities: _Array) -> _Array:
    """(S, 1 + R, N) float32 how much of each image's surroundings is of the delivery, beyond what
    is expected, in standard deviations and less the cut, for each of `NEIGHBOURS`; 0 where an image
    is not of the delivery.

    Args:
        near: (N, n) `neighbours` in one view.
        picks: (1 + R, N) float32 who is of the delivery: as it is, then permuted within classes.
        classes: (N,) predicted; probabilities: (N, K).
    """
    away = picks - _class_means(picks[0], classes)
    basis = _basis(probabilities, classes)
    away -= (away @ basis) @ basis.T
    share = float(picks[0].mean())
    spread = np.sqrt(max(share * (1 - share), 1e-9))
    counts = [min(count, near.shape[1]) for count in NEIGHBOURS]
    result = np.zeros((len(counts), *picks.shape), np.float32)
    for row, (own, others) in enumerate(zip(picks, away, strict=True)):
        of_delivery = np.flatnonzero(own)  # nobody else is asked
        theirs = others[near[of_delivery]]
        around, begin = np.zeros(len(of_delivery), np.float32), 0
        for number, count in enumerate(counts):
            around += theirs[:, begin:count].sum(axis=1)
            begin = count
            beyond = around / (spread * np.sqrt(max(count, 1))) - _CUT
            result[number, row, of_delivery] = np.maximum(beyond, 0.0)
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
