"""Clusters of a pool: found once for each number of them, kept in the workspace's cache."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from core.learn.groups.clusters import Clusters, kmeans
from core.project.pool import Pool
from core.runtime.files import write_atomic

_FIELDS = ("assignment", "centres", "medoids", "sizes")


def clusters_of(cache: Path, pool: Pool, k: int) -> Clusters:
    """KMeans of a pool; ``cache`` is the workspace's folder.

    Raises:
        ValueError: the pool is empty or ``k`` is below 1.
    """
    path = cache / "clusters" / f"{pool.digest(k)}.npz"
    kept = _read(path, len(pool), k)
    if kept is not None:
        return kept
    found = kmeans(pool.vectors, k)
    buffer = io.BytesIO()
    np.savez(buffer, **{name: getattr(found, name) for name in _FIELDS})
    write_atomic(path, buffer.getvalue())
    return found


def _read(path: Path, images: int, k: int) -> Clusters | None:
    """The file's content; None when it is not there or damaged: clusters can be found again."""
    try:
        with np.load(path, allow_pickle=False) as content:
            found = Clusters(*(content[name] for name in _FIELDS))
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    count = len(found.sizes)
    fits = (
        1 <= count <= k
        and found.assignment.shape == (images,)
        and found.assignment.dtype == np.int32
        and found.centres.ndim == 2
        and len(found.centres) == len(found.medoids) == count
        and np.array_equal(np.bincount(found.assignment.clip(0), minlength=count), found.sizes)
        and ((found.medoids >= 0) & (found.medoids < images)).all()
    )
    return found if fits else None
