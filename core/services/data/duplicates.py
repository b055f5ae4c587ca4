"""Near-duplicate groups of a pool: computed once, kept in the workspace's cache."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from core.images.phash import HASH_BYTES
from core.project.pool import Pool
from core.project.project import Project
from core.runtime.files import write_atomic
from core.search.duplicates import MAX_DISTANCE, MIN_COSINE, near_duplicate_groups


def groups_of(project: Project) -> np.ndarray:
    """(N,) int64 group of each image of the pool; see `near_duplicate_groups`.

    An image without a hash, read by a version that took none, has a group of its own until
    ``winnow embed --reread`` has looked at it again.
    """
    pool = project.pool()
    path = _path(project, pool)
    try:
        groups = np.load(path, allow_pickle=False)
        if groups.shape == (len(pool),):
            return groups
    except (OSError, ValueError, EOFError):
        pass
    groups = _groups(pool)
    buffer = io.BytesIO()
    np.save(buffer, groups, allow_pickle=False)
    write_atomic(path, buffer.getvalue())
    return groups


def _groups(pool: Pool) -> np.ndarray:
    hashes = [rows[0].phash for rows in pool.files]
    known = np.array([value is not None for value in hashes], dtype=bool)
    joined = b"".join(value for value in hashes if value is not None)
    phash = np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)
    groups = np.arange(len(pool), dtype=np.int64) + len(pool)
    groups[known] = near_duplicate_groups(phash, pool.vectors[known])
    _, where, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(where))[inverse].astype(np.int64)


def _path(project: Project, pool: Pool) -> Path:
    basis = f"{pool.version}:{MAX_DISTANCE}:{MIN_COSINE}"
    name = hashlib.blake2b(basis.encode(), digest_size=12).hexdigest()
    return project.workspace.cache / "duplicates" / f"{name}.npy"
