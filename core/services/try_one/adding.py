"""A tried picture becomes one of the collection: a copy in a folder of its own, and a label.

No file that is there is changed or written over. The label belongs to the picture's content, so it
counts once the folder is read again, and at once where the picture is in the collection already.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath

from core.images.decode import decoding
from core.images.names import shown
from core.images.scan import IMAGE_SUFFIXES
from core.images.sources import places
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, sync_folder
from core.store.labels.answers import Labels
from core.store.labels.base import Event

FOLDER = "added"
"""Within the image folder: where pictures are copied that were tried."""
SOURCE = "try"
"""What the label store notes as the origin."""
_LONGEST = 60  # characters of a file's name


def label(labels: Labels, image_id: str, name: str, annotator: str) -> str:
    """Say what a picture shows; returns the batch that takes it back.

    Args:
        image_id: of its content; name: of the class.

    Raises:
        WinnowError: it cannot be written.
    """
    return labels.add([Event(image_id, name)], annotator, SOURCE)


def copy_in(collection: Path, data: bytes, name: str) -> Path:
    """Copy a picture into the folder of a collection; returns the new file.

    Args:
        collection: the image folder.
        data: the file's bytes; name: as it is called elsewhere. The copy has that name where it is
            free; where the same picture lies there already, nothing is written.

    Raises:
        WinnowError: it is no picture, or cannot be written.
    """
    folder, safe = collection / FOLDER, _file_name(data, name)
    roots.check(folder)
    places.check_writable(collection)
    if folder.exists() and not folder.is_dir():
        raise WinnowError(f"{shown(folder)} is a file: rename it, so that pictures can be added.")
    with (
        storage_errors(collection),
        tempfile.TemporaryDirectory(prefix=".winnow-", dir=collection) as hidden,
    ):
        copy = Path(hidden) / safe
        copy.write_bytes(data)
        folder.mkdir(exist_ok=True)
        target, number = folder / safe, 1
        while target.exists() or target.is_symlink():
            if _is(target, data):
                return target
            number += 1
            target = folder / f"{Path(safe).stem}-{number}{Path(safe).suffix}"
        copy.rename(target)
        sync_folder(folder)
    return target


def _is(target: Path, data: bytes) -> bool:
    same = target.is_file() and target.stat().st_size == len(data)
    return same and target.read_bytes() == data


def _file_name(data: bytes, name: str) -> str:
    """A name that every system can have, with the ending of a picture."""
    with decoding(data, name) as decoded:
        kind = decoded.format.lower()
    base = PurePosixPath(name.replace("\\", "/")).name
    stem, _, ending = base.rpartition(".")
    if ending.lower() not in IMAGE_SUFFIXES or not stem:
        stem, ending = base, kind
    if ending.lower() not in IMAGE_SUFFIXES:
        raise WinnowError(f"Pictures of the kind {kind} cannot be added: save it as PNG or JPEG.")
    return (re.sub(r"[^\w .-]+", "-", stem).strip(" -.")[:_LONGEST] or "picture") + f".{ending}"
