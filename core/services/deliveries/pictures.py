"""Small copies of images for the screen that are in no workspace which serves them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.images.names import located
from core.images.thumbnails import thumbnail
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.store.places import deliveries_root


def small(folder: Path, images: Iterable[tuple[str, str]]) -> list[bytes | None]:
    """A JPEG of each image; None for one that is gone or has changed.

    Args:
        images: path, relative to the folder, and content id of each.
    """
    return [_one(folder, path, image_id) for path, image_id in images]


def _one(folder: Path, path: str, image_id: str) -> bytes | None:
    try:
        file = located(folder, path)
        roots.check(file)
        copies = deliveries_root("").parent / ".pictures"
        return thumbnail(file, copies, image_id).read_bytes()
    except (WinnowError, OSError, ValueError):
        return None
