"""Neighbours of a pool: found once, kept in the workspace's cache, read back when they fit."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from core.learn.models.neighbourhood import Graph, knn_graph
from core.project.pool import Pool
from core.runtime.files import write_atomic

_NEIGHBOURS = 10


def graph_of(cache: Path, pool: Pool, looks: np.ndarray) -> Graph:
    """The graph of the vectors ``looks`` (N, D) of a pool; ``cache`` is the workspace's folder."""
    path = cache / "neighbours" / f"{pool.digest(_NEIGHBOURS)}.npy"
    shape = (len(pool), min(_NEIGHBOURS, max(len(pool) - 1, 0)))
    try:
        found = np.load(path, allow_pickle=False)
        if found.shape == shape and found.dtype == np.int32 and _inside(found, len(pool)):
            return Graph(found)
    except (OSError, ValueError, EOFError):
        pass  # not there yet, or damaged: it can be found again
    graph = knn_graph(looks, _NEIGHBOURS)
    buffer = io.BytesIO()
    np.save(buffer, graph.neighbours, allow_pickle=False)
    write_atomic(path, buffer.getvalue())
    return graph


def _inside(found: np.ndarray, count: int) -> bool:
    return found.size == 0 or (int(found.min()) >= 0 and int(found.max()) < count)
