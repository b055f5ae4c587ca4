"""Converting one image of an export to a format that its readers know."""

from __future__ import annotations

import io

from core.export.files import SourceProblem
from core.images.decode import decoding
from core.images.unreadable import UnreadableImage

_JPEG_QUALITY = 95


def converted(data: bytes, name: str, target: str) -> bytes:
    """An image as Winnow sees it: the first picture, upright, mode RGB, on white, no metadata.

    Args:
        data: the bytes of the original.
        name: of the original, for messages.
        target: "PNG", without loss, or "JPEG", quality 95 with colours in full resolution.

    Raises:
        SourceProblem: it cannot be decoded.
    """
    with_loss = {"quality": _JPEG_QUALITY, "subsampling": 0} if target == "JPEG" else {}
    stream = io.BytesIO()
    try:
        with decoding(data, name) as decoded:
            decoded.image.save(stream, target, **with_loss)
    except UnreadableImage as error:
        raise SourceProblem(f"it cannot be converted to {target}: {error.reason}") from error
    return stream.getvalue()


def bytes_of(width: int | None, height: int | None, size: int) -> int:
    """About how many bytes a converted image takes at most."""
    return max(size, width * height * 2) if width and height else 10 * size
