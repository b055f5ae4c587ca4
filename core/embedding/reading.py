"""One file read, hashed, decoded and prepared for the encoder, in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.encoders.base import Encoder
from core.images.decode import FILE_LIMIT, decode
from core.images.hash import content_id
from core.images.scan import FoundFile
from core.images.unreadable import UnreadableImage, reason_for_os_error
from core.store.catalog import ImageRow
from core.store.vectors import VectorStore


@dataclass
class Read:
    """What a worker made of one file. ``pixels`` is None when no inference is needed."""

    row: ImageRow
    pixels: np.ndarray | None = None


def read(
    path: Path,
    file: FoundFile,
    facts: dict[str, ImageRow],
    store: VectorStore,
    encoder: Encoder,
) -> Read:
    """Read one file; whatever is wrong with it becomes the row's ``problem``."""
    row = ImageRow(file.path, file.size, file.mtime_ns)
    try:
        data, row = _stable_bytes(path, row)
    except OSError as error:
        return Read(replace(row, problem=reason_for_os_error(error)))
    except UnreadableImage as error:
        return Read(replace(row, problem=error.reason))
    image_id = content_id(data)
    row = replace(row, id=image_id)
    twin = facts.get(image_id)
    if twin is not None and image_id in store:
        facts_of_twin = (twin.width, twin.height, twin.format, twin.notes)
        return Read(ImageRow(row.path, row.size, row.mtime_ns, image_id, *facts_of_twin))
    try:
        decoded = decode(data, file.path)
    except UnreadableImage as error:
        return Read(replace(row, problem=error.reason))
    row = replace(
        row,
        width=decoded.width,
        height=decoded.height,
        format=decoded.format,
        notes="; ".join(decoded.notes) or None,
    )
    return Read(row, None if image_id in store else encoder.preprocess(decoded.image))


def _stable_bytes(path: Path, row: ImageRow) -> tuple[bytes, ImageRow]:
    """The file's bytes with the size and time they were read at.

    A file that is being written changes between the two looks; it gets a second chance and is
    then left for the next run.
    """
    for _ in range(2):
        before = path.stat()
        if before.st_size > FILE_LIMIT:
            raise UnreadableImage(f"the file is larger than {FILE_LIMIT // 1_000_000:,} MB")
        data = path.read_bytes()
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return data, replace(row, size=after.st_size, mtime_ns=after.st_mtime_ns)
    raise UnreadableImage("the file was being changed while it was read; embed again later")
