"""How many bytes decoding a picture takes, known from its header."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from core.images.convert import has_transparency
from core.images.large.strips import STRIP_PIXELS
from core.images.large.tiff import is_in_pieces
from core.images.pixels.levels import WIDE

# How Pillow stores a pixel of each mode; of those that are not named here, in four bytes.
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_RESULT = 4  # RGB
# What decoders need beside that, bytes a pixel, measured as resident memory with pictures of 25
# megapixels and Pillow 13: libwebp's canvases and libavif's planes hold the whole picture.
_BESIDE = {"WEBP": 13.5, "AVIF": 10.0, "HEIF": 10.0}
# What converting a strip takes, bytes a pixel: wide values become several arrays of floats.
_STRIP, _WIDE_STRIP = 16, 72
_PIECE = 40_000_000
"""What a piece of a TIFF takes, its pixels and what the decoder keeps of it."""
_RAW = "raw"
_ROWS_PER_STRIP, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH = 278, 258, 277, 322, 323


@dataclass(frozen=True)
class Weight:
    """Bytes of memory: ``peak`` while a picture is decoded, ``after`` while it is worked with."""

    peak: int
    after: int


def weigh(
    image: Image.Image,
    full: tuple[int, int],
    factor: int,
    turned: bool,
    whole: bool = False,
) -> Weight:
    """What decoding a picture that is open but not loaded takes, beside its file.

    Args:
        image: with its draft chosen.
        full: its size without a draft.
        factor: how many times smaller it is made after decoding.
        turned: whether it is turned upright then, which takes a copy.
        whole: whether it is decoded as a whole, even if it lies in pieces.
    """
    pixels = image.width * image.height
    small = -(-image.width // factor) * -(-image.height // factor)
    stored = _STORED.get(image.mode, 4)
    result = small * _RESULT
    after = result * (2 if turned else 1) + small  # and the grey copy that is measured
    if not whole and is_in_pieces(image, factor):
        return Weight(small * stored + max(result, _PIECE) + after, after)
    source = pixels * stored
    own = image.mode == "RGB" and factor == 1 and not has_transparency(image)
    decoding = source + _beside(image, full[0] * full[1])
    converting = source if own else source + result + _strip(image.mode, pixels)
    return Weight(max(decoding, converting, after), after)


def _strip(mode: str, pixels: int) -> int:
    each = _WIDE_STRIP if mode in WIDE else _STRIP
    return each * min(STRIP_PIXELS, pixels)


def _beside(image: Image.Image, pixels: int) -> int:
    if image.format in ("JPEG", "MPO"):
        return _coefficients(image, pixels)
    if image.format == "TIFF":
        return _tiff_strip(image)
    return int(_BESIDE.get(image.format or "", 0) * pixels)


def _coefficients(image: Image.Image, pixels: int) -> int:
    """A progressive JPEG is kept as coefficients of two bytes, at full size whatever the draft."""
    if not image.info.get("progressive"):
        return 0
    areas = [max(1, h) * max(1, v) for _, h, v, *_ in getattr(image, "layer", [])]
    return int(2 * pixels * sum(areas) / max(areas)) if areas else 6 * pixels


def _tiff_strip(image: Image.Image) -> int:
    """A strip or tile of a compressed TIFF is unpacked as a whole, and can be the whole picture."""
    tile = getattr(image, "tile", ())
    if not tile or tile[0][0] == _RAW:
        return 0
    tags = getattr(image, "tag_v2", {})
    width = min(image.width, _number(tags.get(_TILE_WIDTH), image.width))
    height = _number(tags.get(_TILE_LENGTH), _number(tags.get(_ROWS_PER_STRIP), image.height))
    bits = max(8, min(64, _number(tags.get(_BITS), 32)))
    samples = min(8, _number(tags.get(_SAMPLES), 4))
    return min(image.height, height) * width * max(4, samples * bits // 8)


def _number(value: object, otherwise: int) -> int:
    """A tag's value, or the largest of several; what is none counts as ``otherwise``."""
    values = value if isinstance(value, tuple) else (value,)
    whole = [number for number in values if isinstance(number, int) and number > 0]
    return max(whole, default=otherwise)
