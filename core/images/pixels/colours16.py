"""Colours of 16 bits whose values use a few bits only; Pillow keeps the upper eight of each."""

from __future__ import annotations

import io
import sys

import numpy as np
from PIL import Image

from core.images.large.strips import strips_of
from core.images.pixels.levels import depth_of

_BITS = 258  # the tag of a TIFF
_DARK = 64  # of 256: what stays below it uses 14 bits at most
# The unpacker that takes the other byte of each value.
_LOWER = {
    "RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B", "RGBA;16B": "RGBA;16L", "RGBA;16L": "RGBA;16B",
    "RGB;16N": "RGB;16B" if sys.byteorder == "little" else "RGB;16L",
    "RGBA;16N": "RGBA;16B" if sys.byteorder == "little" else "RGBA;16L",
}  # fmt: skip


def bits_of(data: bytes, image: Image.Image) -> int:
    """Bits of a sample in a PNG or TIFF, 8 for all other formats."""
    if data.startswith(b"\x89PNG") and len(data) > 24:
        return data[24]
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS) if image.format == "TIFF" else None
    return int(bits[0]) if isinstance(bits, tuple) and bits else 8


def is_dark(image: Image.Image) -> bool:
    """Whether the upper bytes of a loaded picture of 16-bit colours are next to nothing."""
    if image.mode not in ("RGB", "RGBA"):
        return False
    return all(_highest(image, band) < _DARK for band in "RGB")


def brightened(
    image: Image.Image, data: bytes | None, formats: list[str]
) -> tuple[Image.Image, str | None]:
    """Such a picture with all values over those of the depth that they use, and a note.

    Takes as much memory as the picture once more.

    Args:
        image: loaded; data: its file, None where it is no longer as large as in its file;
        formats: those that may be opened.
    """
    lower = _lower_bytes(data, formats) if data is not None else None
    if lower is None or lower.size != image.size or lower.mode != image.mode:
        lower = Image.new(image.mode, image.size)
    highest = 0
    for (_, high), (_, low) in zip(strips_of(image), strips_of(lower), strict=True):
        highest = max(highest, int(_values(high, low)[..., :3].max()))
    if not highest:
        return image, None
    bits = depth_of(highest)
    scale = 255.0 / ((1 << bits) - 1)
    opaque = image.mode == "RGBA" and _highest(image, "A") >= _DARK
    result = Image.new(image.mode, image.size)
    top = 0
    for (_, high), (_, low) in zip(strips_of(image), strips_of(lower), strict=True):
        values = np.clip(np.rint(_values(high, low) * scale), 0, 255).astype(np.uint8)
        if opaque:
            values[..., 3] = np.asarray(high)[..., 3]
        result.paste(Image.fromarray(values), (0, top))
        top += high.height
    result.info = dict(image.info)
    key = result.info.get("transparency")
    if isinstance(key, tuple):
        result.info["transparency"] = tuple(min(255, round(value * scale)) for value in key)
    return result, f"its values reach {highest:,} only and are read as {bits} bits"


def _lower_bytes(data: bytes, formats: list[str]) -> Image.Image | None:
    with Image.open(io.BytesIO(data), formats=formats) as opened:
        tiles = []
        for tile in getattr(opened, "tile", []):
            args = tile.args if isinstance(tile.args, tuple) else (tile.args,)
            if args[0] not in _LOWER:
                return None
            other = (_LOWER[args[0]], *args[1:])
            tiles.append(tile._replace(args=other if isinstance(tile.args, tuple) else other[0]))
        opened.tile = tiles
        opened.load()
        return opened


def _values(high: Image.Image, low: Image.Image) -> np.ndarray:
    return np.asarray(high).astype(np.float32) * 256 + np.asarray(low)


def _highest(image: Image.Image, band: str) -> int:
    return int(np.flatnonzero(image.getchannel(band).histogram())[-1])
