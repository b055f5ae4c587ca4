"""Near-duplicate groups of a collection: found once, kept on disk, taken apart by people.

Pictures are one group when three looks at them agree: a hash of their greys, the encoder's vectors
and their colours. The colours are read of candidates only, from the small copies that pages show.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.images.chroma import chroma, colour_distance
from core.images.phash import HASH_BYTES
from core.images.thumbnails import thumbnail
from core.images.unreadable import UnreadableImage
from core.project.derived import digest
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.runtime.errors import StorageError, WinnowError
from core.runtime.pausing import breathe
from core.runtime.progress import Report
from core.runtime.rows import rows_of
from core.search.duplicates import (
    MAX_COLOUR_DISTANCE,
    MAX_DISTANCE,
    MIN_COSINE,
    divided,
    near_duplicate_groups,
)
from core.store.apart import Apart, read_apart

_READERS = 4  # pictures looked at at once
_AT_ONCE = 256  # pictures between two looks whether to stop


def groups_of(snapshot: Snapshot, report: Report | None = None) -> np.ndarray:
    """(N,) int64 group of each image of the pool; see `near_duplicate_groups`.

    An image without a hash, read by a version that took none, has a group of its own until
    ``winnow embed --reread`` has looked at it again; so has one whose file cannot be read now.

    Args:
        report: told how far it is.

    Raises:
        WinnowError: what people took apart cannot be read.
        Cancelled: asked to stop.
    """
    apart = read_apart(snapshot.workspace)

    def find() -> np.ndarray:
        name = f"duplicates/{_digest(snapshot, apart)}.npy"
        written: np.ndarray | None = snapshot.derived.recalled(
            name, lambda written: _fitting(written, len(snapshot))
        )
        if written is not None:
            return written
        groups, whole = _groups(snapshot, apart, report or Report())
        if whole:
            with suppress(StorageError):  # on a full disk they are found again next time
                snapshot.derived.write(name, groups)
        return groups

    return snapshot.share("duplicates", _digest(snapshot, apart), find, keep=1)


def version_of(snapshot: Snapshot) -> str:
    """Changes whenever the groups may: with the images, and with what people take apart.

    Raises:
        WinnowError: as ``groups_of``.
    """
    return _digest(snapshot, read_apart(snapshot.workspace))


def groups_at_hand(snapshot: Snapshot) -> np.ndarray | None:
    """The groups; None while those of very many images are found in the background.

    Raises:
        WinnowError: as ``groups_of``.
    """
    if snapshot.behind and snapshot.pool.many:
        version = version_of(snapshot)
        on_disk = snapshot.derived.path(f"duplicates/{version}.npy").exists()
        if not on_disk and not snapshot.shared.has("duplicates", version):
            return None
    return groups_of(snapshot)


def alike(snapshot: Snapshot, rows: Sequence[int]) -> list[list[int]]:
    """For each of some rows the other rows of its near-duplicate group, rising; none yet where
    these are still being found.

    Raises:
        WinnowError: as ``groups_of``.
    """
    groups, asked = groups_at_hand(snapshot), list(rows)
    if groups is None:
        return [[] for _ in asked]
    version = version_of(snapshot)
    order = snapshot.share("by-group", version, lambda: np.argsort(groups, kind="stable"), keep=1)
    begin = np.searchsorted(groups, groups[asked], sorter=order)
    end = np.searchsorted(groups, groups[asked], side="right", sorter=order)
    return [
        [int(other) for other in order[low:high] if other != row]
        for row, low, high in zip(asked, begin.tolist(), end.tolist(), strict=True)
    ]


def _digest(snapshot: Snapshot, apart: Apart) -> str:
    limits = (MAX_DISTANCE, MIN_COSINE, MAX_COLOUR_DISTANCE)
    return digest(snapshot.pool.version, *limits, apart)


def _groups(snapshot: Snapshot, apart: Apart, report: Report) -> tuple[np.ndarray, bool]:
    """The groups, and whether every picture that was to be looked at could be."""
    pool = snapshot.pool
    groups = _hash_groups(snapshot, report)
    numbers: dict[int, frozenset[int]] = {}
    for number, ids in enumerate(apart):
        for row in (pool.rows[i] for i in ids if i in pool.rows):
            numbers[row] = numbers.get(row, frozenset()) | {number}
    several = np.flatnonzero(np.bincount(groups, minlength=1)[groups] > 1).tolist()
    colours: dict[int, bytes | None] = {}
    with ThreadPoolExecutor(_READERS, thread_name_prefix="colours") as readers:
        for begin in range(0, len(several), _AT_ONCE):
            breathe()
            report.step("Comparing colours of near-duplicates", begin, len(several))
            some = several[begin : begin + _AT_ONCE]
            seen = readers.map(lambda row: _colours(snapshot, row), some)
            colours.update(zip(some, seen, strict=True))

    @cache
    def close(first: bytes, second: bytes) -> bool:
        return colour_distance(first, second) <= MAX_COLOUR_DISTANCE

    def same(first: int, second: int) -> bool:
        a, b = colours[first], colours[second]
        return a is not None and b is not None and (a == b or close(a, b))

    return divided(groups, same, numbers), None not in colours.values()


def _hash_groups(snapshot: Snapshot, report: Report) -> np.ndarray:
    """Groups by hashes and vectors alone; of very many images kept, for when people take some
    apart: it takes a minute to find them."""
    pool = snapshot.pool
    if not pool.many:
        return _by_hash(pool, report)
    return snapshot.derived.recall(
        f"duplicates/hash-{digest(pool.version, MAX_DISTANCE, MIN_COSINE)}.npy",
        lambda written: _fitting(written, len(pool)),
        lambda: _by_hash(pool, report),
        lambda groups: groups,
    )


def _fitting(written: np.ndarray, images: int) -> np.ndarray | None:
    """Groups as they were written; None where they are of other images."""
    return written if written.shape == (images,) and written.dtype == np.int64 else None


def _by_hash(pool: Pool, report: Report) -> np.ndarray:
    """Groups by hashes and vectors alone."""
    hashed, phash = _hashes(pool)
    groups = np.arange(len(pool), dtype=np.int64) + len(pool)
    groups[hashed] = near_duplicate_groups(phash, rows_of(pool.stored, hashed), report=report)
    _, where, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(where))[inverse].astype(np.int64)


def _hashes(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool, images that have a hash, and these hashes (n, 32) uint8."""
    hashed = np.zeros(len(pool), dtype=bool)
    joined = bytearray()  # of a million images a list of them takes a hundred megabytes
    for begin, values in pool.noticed_in_parts("phash"):
        hashed[begin : begin + len(values)] = [value is not None for value in values]
        joined += b"".join(value for value in values if value is not None)
    return hashed, np.frombuffer(bytes(joined), dtype=np.uint8).reshape(-1, HASH_BYTES)


def _colours(snapshot: Snapshot, row: int) -> bytes | None:
    """`chroma` of one image; None while its file cannot be read."""
    image_id, workspace = snapshot.pool.ids[row], snapshot.workspace
    try:
        source = workspace.file(snapshot.pool.files[row][0].path)
        try:
            return _chroma(thumbnail(source, workspace.cache / "thumbnail", image_id))
        except UnreadableImage:
            return None
        except WinnowError:  # a full or read-only disk takes no copy
            with tempfile.TemporaryDirectory(prefix="winnow-") as place:
                return _chroma(thumbnail(source, Path(place), image_id))
    except (UnreadableImage, WinnowError, OSError):
        return None


def _chroma(copy: Path) -> bytes:
    with Image.open(copy) as picture:
        return chroma(picture)
