"""Near-duplicate groups of a collection: found once, kept on disk."""

from __future__ import annotations

import numpy as np

from core.images.phash import HASH_BYTES
from core.project.derived import digest
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.search.duplicates import MAX_DISTANCE, MIN_COSINE, near_duplicate_groups


def groups_of(snapshot: Snapshot) -> np.ndarray:
    """(N,) int64 group of each image of the pool; see `near_duplicate_groups`.

    An image without a hash, read by a version that took none, has a group of its own until
    ``winnow embed --reread`` has looked at it again.
    """
    pool = snapshot.pool

    def find() -> np.ndarray:
        return snapshot.derived.recall(
            f"duplicates/{digest(pool.version, MAX_DISTANCE, MIN_COSINE)}.npy",
            lambda written: written if written.shape == (len(pool),) else None,
            lambda: _groups(pool),
            np.asarray,
        )

    return snapshot.share("duplicates", pool.version, find, keep=1)


def _groups(pool: Pool) -> np.ndarray:
    hashes = [rows[0].phash for rows in pool.files]
    hashed = np.array([value is not None for value in hashes], dtype=bool)
    joined = b"".join(value for value in hashes if value is not None)
    phash = np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)
    groups = np.arange(len(pool), dtype=np.int64) + len(pool)
    groups[hashed] = near_duplicate_groups(phash, pool.vectors[hashed])
    _, where, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(where))[inverse].astype(np.int64)
