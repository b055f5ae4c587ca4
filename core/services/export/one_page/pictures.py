"""Pictures for the one-page report: drawn at random, cut to squares, small."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from PIL import Image

from core.images.thumbnails import thumbnail
from core.images.unreadable import UnreadableImage
from core.runtime.errors import WinnowError
from core.store.workspace import Workspace

_PIXELS = 256


def pictures(workspace: Workspace, files: Sequence[tuple[str, str]], most: int) -> list[bytes]:
    """Some of the images as small squares; those that are gone or cannot be read are passed over.

    Which ones follows from their content alone, and so does their order: equal collections give
    equal pages.
    """
    drawn = sorted(dict.fromkeys(files), key=_lot)
    squares: list[bytes] = []
    for image_id, path in drawn[: 3 * most]:
        if len(squares) >= most:
            break
        picture = _square(workspace, image_id, path)
        squares += [] if picture is None else [picture]
    return squares


def _lot(file: tuple[str, str]) -> bytes:
    return hashlib.blake2b(file[0].encode(), digest_size=16).digest()


def _square(workspace: Workspace, image_id: str, path: str) -> bytes | None:
    try:
        small = thumbnail(workspace.file(path), workspace.cache / "thumbnail", image_id)
        with Image.open(io.BytesIO(small.read_bytes())) as image:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            square = image.convert("RGB").crop((left, top, left + side, top + side))
    except (UnreadableImage, WinnowError, OSError, ValueError):
        return None
    square.thumbnail((_PIXELS, _PIXELS))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return out.getvalue()
