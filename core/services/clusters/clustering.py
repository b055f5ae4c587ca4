"""Clusters of a collection: found once for each number of them, kept on disk and in memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.learn.groups.clusters import Clusters, suggest_k
from core.learn.large.clusters import kmeans_of
from core.project.derived import Derived
from core.project.pool import Pool
from core.project.snapshot import Snapshot

_FIELDS = ("assignment", "centres", "medoids", "sizes")


MOST = 200
"""Clusters that can be asked for on a page."""


def usual_number(snapshot: Snapshot) -> int:
    """How many clusters the page shows until somebody asks for another number."""
    return min(suggest_k(len(snapshot), len(snapshot.names)), most_of(snapshot))


def most_of(snapshot: Snapshot) -> int:
    """How many clusters of a collection the page can show."""
    return max(2, min(MOST, len(snapshot)))


def clusters_of(snapshot: Snapshot, k: int) -> Clusters:
    """The ``k`` clusters of a collection, remembered.

    Raises:
        ValueError: the collection is empty or ``k`` is below 1.
    """
    pool = snapshot.pool
    return snapshot.share(
        "clusters", (pool.version, k), lambda: partition(snapshot.derived, pool, k)
    )


def partition(derived: Derived, pool: Pool, k: int) -> Clusters:
    """KMeans of a pool into ``k`` clusters, from the cache where it has them.

    Raises:
        ValueError: the pool is empty or ``k`` is below 1.
    """
    return derived.recall(
        f"clusters/{pool.digest(k)}.npz",
        lambda written: _fitting(written, len(pool), k),
        lambda: kmeans_of(pool.stored, k),
        lambda clusters: {name: getattr(clusters, name) for name in _FIELDS},
    )


def _fitting(written: Mapping[str, np.ndarray], images: int, k: int) -> Clusters | None:
    """The file's content; None when it is of something else."""
    clusters = Clusters(*(written[name] for name in _FIELDS))
    count = len(clusters.sizes)
    fits = (
        1 <= count <= k
        and clusters.assignment.shape == (images,)
        and clusters.assignment.dtype == np.int32
        and clusters.centres.ndim == 2
        and len(clusters.centres) == len(clusters.medoids) == count
        and np.array_equal(
            np.bincount(clusters.assignment.clip(0), minlength=count), clusters.sizes
        )
        and ((clusters.medoids >= 0) & (clusters.medoids < images)).all()
    )
    return clusters if fits else None
