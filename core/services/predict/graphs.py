"""Neighbours of a pool: found once, kept on disk, read back when they fit."""

from __future__ import annotations

import numpy as np

from core.learn.models.neighbourhood import Graph, knn_graph
from core.project.derived import Derived
from core.project.pool import Pool

_NEIGHBOURS = 10


def graph_of(derived: Derived, pool: Pool, looks: np.ndarray) -> Graph:
    """The neighbours of each image of a pool.

    Args:
        looks: (N, D) float32 vectors of how the images look.
    """

    def read(written: np.ndarray) -> Graph | None:
        shape = (len(pool), min(_NEIGHBOURS, max(len(pool) - 1, 0)))
        fits = written.shape == shape and written.dtype == np.int32
        return Graph(written) if fits and _inside(written, len(pool)) else None

    return derived.recall(
        f"neighbours/{pool.digest(_NEIGHBOURS)}.npy",
        read,
        lambda: knn_graph(looks, _NEIGHBOURS),
        lambda graph: graph.neighbours,
    )


def _inside(rows: np.ndarray, count: int) -> bool:
    return rows.size == 0 or (int(rows.min()) >= 0 and int(rows.max()) < count)
