"""One file read, hashed, decoded and prepared for the encoder, in a worker thread."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.images.decode import FILE_LIMIT, decoding
from core.images.hash import content_id
from core.images.large.room import TooHeavy
from core.images.names import shown
from core.images.opening import room_for
from core.images.quality import measure
from core.images.scan import FoundFile, file_time
from core.images.sources import places
from core.images.unreadable import UnreadableImage, reason_for_os_error
from core.runtime import inputs
from core.runtime.budget import Lease
from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow

if TYPE_CHECKING:
    from PIL.Image import Image


class Ids(Protocol):
    """Ids of images whose vectors are stored."""

    def __contains__(self, image_id: str, /) -> bool: ...


class Shaper(Protocol):
    """What reading needs of an encoder, see `core.encoders.base.Encoder`."""

    @property
    def draft_px(self) -> int | None: ...

    def preprocess(self, image: Image, /) -> np.ndarray: ...


@dataclass
class Read:
    """What a worker made of one file. ``pixels`` is None when no inference is needed."""

    row: ImageRow
    pixels: np.ndarray | None = None


def read(
    path: Path,
    file: FoundFile,
    facts: dict[str, ImageRow],
    store: Ids,
    encoder: Shaper,
) -> Read:
    """Read one file; whatever is wrong with it becomes the row's ``problem``.

    Args:
        facts: image id → a row of the same content, of images whose vectors are stored.
        store: ids of the images whose vectors are stored.

    Raises:
        WinnowError: the whole image folder has vanished, such as a drive that was disconnected.
            Then nothing is wrong with the file, and no verdict on it may be kept.
    """
    row = ImageRow(file.path, file.size, file.mtime_ns)
    try:
        with room_for(path, lambda: encoder.draft_px, size=file.size) as lease:
            return _read(path, row, facts, store, encoder, lease)
    except UnreadableImage as error:  # there is no room for it
        return Read(replace(row, problem=error.reason))


def _read(
    path: Path,
    row: ImageRow,
    facts: dict[str, ImageRow],
    store: Ids,
    encoder: Shaper,
    lease: Lease,
) -> Read:
    try:
        data, row = _fetched(path, row) or _stable_bytes(path, row)
    except OSError as error:
        _check_still_there(path.parents[row.path.count("/")])
        return Read(replace(row, problem=reason_for_os_error(error)))
    except UnreadableImage as error:
        return Read(replace(row, problem=error.reason))
    image_id = content_id(data)
    row = replace(row, id=image_id)
    twin = facts.get(image_id)
    if twin is not None and twin.phash is not None and image_id in store:
        return Read(replace(twin, path=row.path, size=row.size, mtime_ns=row.mtime_ns))
    try:
        with decoding(data, row.path, encoder.draft_px, lease) as decoded:
            row = replace(
                row,
                width=decoded.width,
                height=decoded.height,
                format=decoded.format,
                notes="; ".join(decoded.notes) or None,
                **asdict(measure(decoded.image)),
            )
            return Read(row, None if image_id in store else encoder.preprocess(decoded.image))
    except TooHeavy as error:  # without an id it is looked at again, for the limit may be raised
        return Read(replace(row, id=None, problem=error.reason))
    except UnreadableImage as error:
        return Read(replace(row, problem=error.reason))


def _check_still_there(root: Path) -> None:
    """Raise when the image folder is gone, or empty as a mount point is without its drive."""
    try:
        with os.scandir(root) as entries:
            if next(entries, None) is not None:
                return
    except OSError:
        pass
    raise WinnowError(
        f"The image folder {shown(root)} has vanished while it was read: reconnect its drive and "
        "run the same step again, what was finished is kept."
    )


def _fetched(path: Path, row: ImageRow) -> tuple[bytes, ImageRow] | None:
    """The bytes of a file of a source elsewhere, which gives only whole ones; None for no such."""
    remote = places.fetched(path, FILE_LIMIT)
    if remote is None:
        return None
    data, mark = remote
    if mark == row.mtime_ns:
        return data, row
    return data, replace(row, size=len(data), mtime_ns=mark)  # it was changed since it was listed


def _stable_bytes(path: Path, row: ImageRow) -> tuple[bytes, ImageRow]:
    """The file's bytes with the size and time they were read at.

    A file that is being written changes between the two looks; it gets a second chance and is
    then left for the next run.
    """
    for _ in range(2):
        before = path.stat()
        try:
            data = inputs.read_bytes(path, FILE_LIMIT)
        except inputs.TooLong:
            reason = f"the file is larger than {FILE_LIMIT // 1_000_000:,} MB"
            raise UnreadableImage(reason) from None
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return data, replace(row, size=after.st_size, mtime_ns=file_time(after))
    raise UnreadableImage("the file was being changed while it was read; embed again later")
