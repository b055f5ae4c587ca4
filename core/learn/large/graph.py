"""Neighbours of very many images: close to exact, in bounded memory, with the recall measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.learn.models.frame import Frame, frame_of
from core.learn.models.neighbourhood import Graph
from core.runtime.pausing import breathe
from core.runtime.progress import Report
from core.runtime.rows import StoredRows

__all__ = ["STEP", "Shelf", "likely_graph"]

STEP = "Finding look-alikes"
_COMPONENTS = 64  # numbers of a feature by which candidates are looked for
_SAMPLE = 20_000
_PER_LIST = 40  # of the sample that the lists' middles are fitted to
_PROBES = 24  # lists that are looked into for an image
_CANDIDATES = 5  # for each neighbour wanted, compared by the whole features
_QUERIES = 1_024
_PART = 64 * _QUERIES  # images whose neighbours are kept together
_JUDGED = 200  # images by which the recall is measured

_Float = NDArray[np.float32]


class Shelf(Protocol):
    """Where parts of the neighbours lie until all are there, so that a search can go on later."""

    def read(self, begin: int) -> NDArray[np.int32] | None:
        """The part whose first image is row `begin`; None where it is not there."""

    def write(self, begin: int, rows: NDArray[np.int32]) -> None:
        """Keep a part (n, k)."""


def likely_graph(
    vectors: StoredRows, k: int, report: Report, shelf: Shelf | None = None
) -> tuple[Graph, float]:
    """Return the k nearest other images of each of N, and the share of the true ones found.

    As `core.learn.models.neighbourhood.knn_graph`, by the cosine of features. Candidates are found
    among the first 64 principal components of the features, eight bits each, in inverted lists
    (Jégou, Douze and Schmid, TPAMI 2011), then compared by the features themselves. The share is
    measured on 200 images. Memory: about 250 bytes an image. shelf: parts of 65,536 images that an
    earlier search of the same vectors found are taken from there, others are put there.

    Raises `Cancelled` when asked to stop.
    """
    space = _Space.of(vectors)
    codes, lengths = _codes(vectors, space, report)
    result, missing = _begun(len(vectors), k, shelf)
    lists = _lists(codes, report) if missing else None
    for begin in missing:
        end = min(begin + _PART, len(vectors))
        for first in range(begin, end, _QUERIES):
            breathe()
            report.step(STEP, first, len(vectors))
            rows = np.arange(first, min(first + _QUERIES, end))
            listed = _search(lists, codes[rows], _CANDIDATES * k + 1)
            result[rows] = _nearest(vectors, space, lengths, rows, listed, k)
        if shelf is not None:
            shelf.write(begin, result[begin:end])
    return Graph(result), _recall(vectors, space, lengths, result, report)


def _begun(count: int, k: int, shelf: Shelf | None) -> tuple[NDArray[np.int32], list[int]]:
    """Return neighbours (N, k) as far as they are kept, and the first rows of parts that are not.

    All that is kept must be of the same shape and name images that there are: it was on a disk.
    """
    result, missing = np.empty((count, k), dtype=np.int32), []
    for begin in range(0, count, _PART):
        rows, part = shelf.read(begin) if shelf is not None else None, result[begin : begin + _PART]
        fits = rows is not None and rows.shape == part.shape and rows.dtype == np.int32
        if rows is not None and fits and rows.min() >= 0 and rows.max() < count:
            part[:] = rows
        else:
            missing.append(begin)
    return result, missing


@dataclass(frozen=True)
class _Space:
    """Features of a pool and their first principal components: `axes` (D, 64)."""

    frame: Frame
    axes: _Float

    @classmethod
    def of(cls, vectors: StoredRows) -> "_Space":
        frame = frame_of(vectors)  # type: ignore[arg-type]  # reads like an array
        features = frame.features(vectors[:: -(-len(vectors) // _SAMPLE)])
        features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        _, axes = np.linalg.eigh((features.T @ features).astype(np.float64))
        return cls(frame, axes[:, ::-1][:, :_COMPONENTS].astype(np.float32))


def _codes(
    vectors: StoredRows, space: _Space, report: Report
) -> tuple[NDArray[np.float16], _Float]:
    """Return (N, 64) components of the unit features, and the features' lengths (N,)."""
    codes = np.empty((len(vectors), space.axes.shape[1]), dtype=np.float16)
    lengths = np.empty(len(vectors), dtype=np.float32)
    for begin, block in vectors.numbered():
        breathe()
        report.step("Reading how images look", begin, len(vectors))
        features = space.frame.features(block)
        own = np.maximum(np.linalg.norm(features, axis=1), 1e-12)
        lengths[begin : begin + len(block)] = own
        codes[begin : begin + len(block)] = (features @ space.axes) / own[:, None]
    return codes, lengths


def _lists(codes: NDArray[np.float16], report: Report) -> Any:
    """Return inverted lists of the codes, eight bits a number."""
    faiss: Any = import_module("faiss")  # without its stubs, which miss half of it
    count, dim = codes.shape
    lists = max(1, min(round(4 * count**0.5), count // _PER_LIST))
    sample = codes[:: max(1, count // (_PER_LIST * lists))].astype(np.float32)
    report.step("Sorting look-alikes into lists")
    nearest = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFScalarQuantizer(
        nearest, dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.own_fields = True
    nearest.this.disown()
    index.cp.seed, index.cp.niter = 0, 8
    index.train(sample)
    for begin in range(0, count, 65_536):
        breathe()
        report.step("Sorting look-alikes into lists", begin, count)
        index.add(codes[begin : begin + 65_536].astype(np.float32))
    index.nprobe = min(lists, _PROBES)
    return index


def _search(lists: Any, codes: NDArray[np.float16], count: int) -> NDArray[np.int64]:
    """Return (Q, count) candidates of some images; -1 where the lists held too few."""
    near: NDArray[np.int64] = lists.search(codes.astype(np.float32), count)[1]
    return near


def _nearest(
    vectors: StoredRows,
    space: _Space,
    lengths: _Float,
    rows: NDArray[np.intp],
    listed: NDArray[np.int64],
    k: int,
) -> NDArray[np.int64]:
    """Return (Q, k) the nearest of the candidates `listed` (Q, C) of `rows`, by whole features."""
    own = listed == rows[:, None]
    listed = np.where(listed < 0, rows[:, None], listed)
    towards, shift = _towards(vectors[rows], space)
    others = vectors[listed.ravel()].reshape(*listed.shape, -1)
    cosines = np.matmul(others, towards[:, :, None])[:, :, 0] - shift[:, None]
    cosines /= lengths[listed]
    cosines[own] = -np.inf  # itself comes in only where there is nothing else
    cosines[(listed == rows[:, None]) & ~own] = -1e30
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(listed, order, axis=1)


def _towards(queries: _Float, space: _Space) -> tuple[_Float, _Float]:
    """Return (Q, D) and (Q,) so that a vector's product with the first, less the second, is the
    product of its features with the query's unit features."""
    features = space.frame.features(queries)
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    towards = features @ space.frame.turn.astype(np.float32).T
    return towards, towards @ space.frame.centre.astype(np.float32)


def _recall(
    vectors: StoredRows,
    space: _Space,
    lengths: _Float,
    listed: NDArray[np.int32],
    report: Report,
) -> float:
    """Return the share of the true neighbours of some images that were found."""
    count, k = listed.shape
    rows = np.sort(np.random.default_rng(0).choice(count, min(_JUDGED, count), replace=False))
    towards, shift = _towards(vectors[rows], space)
    best = np.full((len(rows), k), -np.inf, dtype=np.float32)
    names = np.full((len(rows), k), -1, dtype=np.int64)
    for begin, cosines in _cosines(vectors, towards, shift, lengths, report):
        inside = (rows >= begin) & (rows < begin + cosines.shape[1])
        cosines[np.flatnonzero(inside), rows[inside] - begin] = -np.inf
        numbers = np.broadcast_to(np.arange(begin, begin + cosines.shape[1]), cosines.shape)
        both = np.concatenate([best, cosines], axis=1)
        every = np.concatenate([names, numbers], axis=1)
        top = np.argpartition(-both, k - 1, axis=1)[:, :k]
        best, names = np.take_along_axis(both, top, 1), np.take_along_axis(every, top, 1)
    shared = [len(np.intersect1d(a, b)) for a, b in zip(names, listed[rows], strict=True)]
    return float(np.mean(shared) / k)


def _cosines(
    vectors: StoredRows, towards: _Float, shift: _Float, lengths: _Float, report: Report
) -> Iterator[tuple[int, _Float]]:
    for begin, block in vectors.numbered():
        breathe()
        report.step("Measuring how many look-alikes were found", begin, len(vectors))
        cosines = (towards @ block.T - shift[:, None]) / lengths[begin : begin + len(block)]
        yield begin, cosines
