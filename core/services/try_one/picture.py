"""The picture that is tried: dropped, pasted, or at an address on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.images.decode import read_image_file
from core.images.hash import content_id
from core.images.names import as_text, shown
from core.images.opening import room_for
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.budget import Lease
from core.runtime.errors import WinnowError
from core.services.search.examples import encode_bytes


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it is tried.

    Attributes:
        id: of its content.
        name: of its file; within the image folder its path there.
        vector: (D,) float32 of the encoder, rounded as stored ones are.
        row: of the collection, where it is in it; else None.
    """

    id: str
    name: str
    vector: np.ndarray
    row: int | None


def of_bytes(snapshot: Snapshot, data: bytes, name: str, lease: Lease | None = None) -> Picture:
    """The picture of a file's bytes; a copy of one of the collection's is that one.

    Args:
        lease: room in memory that was taken for it already.

    Raises:
        WinnowError: it is no picture, or cannot be used.
    """
    image_id = content_id(data)
    if (row := snapshot.pool.rows.get(image_id)) is not None:
        return of_row(snapshot, row)
    vector = encode_bytes(snapshot.encoder, data, shown(name), lease)
    return Picture(image_id, name, vector, None)


def of_row(snapshot: Snapshot, row: int) -> Picture:
    """A picture of the collection."""
    pool = snapshot.pool
    return Picture(pool.ids[row], pool.paths[row], pool.some(np.array([row]))[0], row)


def at(snapshot: Snapshot, path: Path) -> Picture:
    """The picture at a path: within the image folder, absolute, or from the current folder.

    Raises:
        WinnowError: it lies outside the folders that may be used, is not there, or is no picture.
    """
    if (row := row_at(snapshot, path)) is not None:
        return of_row(snapshot, row)
    with reading(path, lambda: snapshot.encoder.draft_px) as (data, lease):
        return of_bytes(snapshot, data, path.name, lease)


def row_at(snapshot: Snapshot, path: Path) -> int | None:
    """The row of the collection's picture at a path; None where it is none of them."""
    folder, pool = snapshot.workspace.images, snapshot.pool
    absolute = path.expanduser().resolve()
    inside = absolute.relative_to(folder) if absolute.is_relative_to(folder) else path
    rows = pool.match((as_text(name.as_posix()), None) for name in (path, inside)).values
    return rows[0][0] if rows else None


@contextmanager
def reading(path: Path, draft: Callable[[], int | None]) -> Iterator[tuple[bytes, Lease]]:
    """The bytes of a picture file, and the room in memory that is held for it.

    Args:
        draft: as for `core.images.opening.room_for`.

    Raises:
        WinnowError: it lies outside the folders that may be used, is not there, or is too large.
    """
    absolute = path.expanduser().resolve()
    roots.check(absolute)
    if not absolute.is_file():
        raise WinnowError(f"There is no picture {shown(path)}: check its address.")
    with room_for(absolute, draft) as lease:
        yield read_image_file(absolute), lease
