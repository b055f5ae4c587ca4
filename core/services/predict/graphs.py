"""Neighbours of a pool: found once, kept on disk, read back when they fit.

Of very many images a server finds them behind the work, see `core.services.predict.many.behind`.
"""

from __future__ import annotations

import numpy as np

from core.learn.large.graph import likely_graph
from core.learn.models.neighbourhood import Graph, knn_graph
from core.project.derived import Derived
from core.project.pool import Pool
from core.project.snapshot import NEIGHBOURS, Snapshot
from core.runtime.progress import Report
from core.runtime.rows import StoredRows


def neighbours_of(snapshot: Snapshot) -> Graph | None:
    """The neighbours of each image of a snapshot; None where they are still to be found behind."""
    if snapshot.alike_key == (False,):
        return None
    pool = snapshot.pool
    return snapshot.share(
        "graph", pool.version, lambda: graph_of(snapshot.derived, pool, snapshot.looks), keep=1
    )


def graph_of(derived: Derived, pool: Pool, looks: np.ndarray) -> Graph:
    """The neighbours of each image of a pool.

    Args:
        looks: (N, D) float32 vectors of how the images look.
    """

    def read(written: np.ndarray) -> Graph | None:
        shape = (len(pool), min(NEIGHBOURS, max(len(pool) - 1, 0)))
        fits = written.shape == shape and written.dtype == np.int32
        return Graph(written) if fits and _inside(written, len(pool)) else None

    return derived.recall(
        f"neighbours/{pool.digest(NEIGHBOURS)}.npy",
        read,
        lambda: _search(looks),
        lambda graph: graph.neighbours,
    )


def _search(looks: np.ndarray) -> Graph:
    if isinstance(looks, StoredRows):
        return likely_graph(looks, NEIGHBOURS, Report())[0]
    return knn_graph(looks, NEIGHBOURS)


def _inside(rows: np.ndarray, count: int) -> bool:
    return rows.size == 0 or (int(rows.min()) >= 0 and int(rows.max()) < count)
