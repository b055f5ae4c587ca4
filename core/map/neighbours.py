"""Nearest neighbours, for the map's graph and for placing new images on it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.map.stage import Stage

__all__ = ["likely_nearest", "lists_of", "near_in", "nearest"]

_BLOCK_CELLS = 16_000_000
_LISTS = 256
_VISITED = 12  # of the lists; finds 98 of 100 true neighbours among 60,000 images
_QUERIES = 5_000


def nearest(
    points: NDArray[np.float32],
    count: int,
    stage: Stage | None = None,
    queries: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return indices and Euclidean distances (M, count) of each query's nearest points.

    points: (N, D); queries: (M, D), by default the points themselves, each then its own first
    neighbour; count <= N. Compares all pairs, a block of rows at a time, so memory stays below
    200 MB and time grows with N x M: 60,000 points of 64 numbers take about 15 s on two cores.
    `stage` is told the share done after each block, and raises `Cancelled` when asked to stop.
    """
    import torch  # its selection of the smallest is seven times faster than numpy's

    stage = stage or Stage()
    asked = points if queries is None else queries
    squares = torch.from_numpy(np.einsum("nd,nd->n", points, points))
    columns = torch.from_numpy(np.ascontiguousarray(points)).T
    indices = np.empty((len(asked), count), dtype=np.int32)
    distances = np.empty((len(asked), count), dtype=np.float32)
    step = max(1, _BLOCK_CELLS // len(points))
    for start in range(0, len(asked), step):
        rows = torch.from_numpy(np.ascontiguousarray(asked[start : start + step]))
        own = rows.square().sum(dim=1, keepdim=True)
        squared = torch.addmm(squares.expand(len(rows), -1), rows, columns, alpha=-2.0)
        if queries is None:
            # Below every true value, so that a point comes before its copies.
            line = torch.arange(len(rows))
            squared[line, line + start] = -own[:, 0] - 2.0 * squares.max() - 1.0
        values, near = torch.topk(squared, count, dim=1, largest=False, sorted=True)
        indices[start : start + len(rows)] = near.numpy()
        distances[start : start + len(rows)] = (values + own).clamp(min=0).sqrt().numpy()
        stage.reached((start + len(rows)) / len(asked))
    return indices, distances


def likely_nearest(
    points: NDArray[np.float32], count: int, stage: Stage | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Like `nearest` among the points themselves, but only close to exact and much faster.

    Points are sorted into 256 lists around centres (k-means, fixed seed), and each is compared with
    those of the twelve lists nearest to it (inverted lists: Jégou, Douze and Schmid, TPAMI 2011).
    """
    stage = stage or Stage()
    lists = lists_of(points)
    indices = np.empty((len(points), count), dtype=np.int32)
    distances = np.empty((len(points), count), dtype=np.float32)
    for start in range(0, len(points), _QUERIES):
        rows = np.arange(start, min(start + _QUERIES, len(points)))
        squared, near = lists.search(points[rows], count)
        # The lists may hold too few: the point itself, which counts nothing, stands in for those.
        short = near < 0
        near = np.where(short, rows[:, None], near)
        squared = np.where(short, 0.0, squared)
        # Copies may come before the point itself: it belongs first, once.
        own = near == rows[:, None]
        squared = np.where(own, -1.0, squared)
        order = np.argsort(squared, axis=1, kind="stable")
        indices[rows] = np.take_along_axis(near, order, axis=1)
        distances[rows] = np.sqrt(np.maximum(np.take_along_axis(squared, order, axis=1), 0.0))
        indices[rows, 0], distances[rows, 0] = rows, 0.0
        stage.reached(float((rows[-1] + 1) / len(points)))
    return indices, distances


def lists_of(points: NDArray[np.float32]) -> Any:
    """Return an index of (N, D) points that finds nearly all true neighbours among 100,000."""
    import faiss

    lists = faiss.IndexIVFFlat(faiss.IndexFlatL2(points.shape[1]), points.shape[1], _LISTS)
    lists.train(points[:: max(1, len(points) // 20_000)].copy())
    lists.add(points)
    lists.nprobe = _VISITED
    return lists


def near_in(
    lists: Any, queries: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return indices and distances (M, count) of the points of `lists_of` near (M, D) queries.

    Where the lists hold too few, the farthest that was found stands in for the others.
    """
    squared, near = lists.search(queries, count)
    short = near < 0
    last = np.maximum(count - 1 - short.sum(axis=1), 0)[:, None]
    near = np.where(short, np.take_along_axis(near, last, axis=1), near)
    squared = np.where(short, np.take_along_axis(squared, last, axis=1), squared)
    return near, np.sqrt(np.maximum(squared, 0.0)).astype(np.float32)
