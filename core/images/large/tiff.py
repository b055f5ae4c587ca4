"""A TIFF that is stored in strips, made smaller strip by strip, without ever being whole in memory.

Pillow decodes a picture as a whole: 800 MB for floats of 200 megapixels that lie in a file of one.
But every strip of a TIFF is compressed by itself, so some of them under a header of their own are a
small TIFF, and Pillow decodes those one after the other.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from core.images.large.strips import STRIP_PIXELS

_WIDTH, _LENGTH, _OFFSETS, _ROWS, _COUNTS = 256, 257, 273, 278, 279
_PLANAR, _ORIENTATION, _TILE_WIDTH = 284, 274, 322
# What says how samples are packed, compressed and meant: bits, compression, photometric, fill
# order, samples, planes, T4 and T6 options, predictor, extra samples, sample format, JPEG tables,
# YCbCr coefficients, sub-sampling, positioning and reference.
_MEANING = (258, 259, 262, 266, 277, 284, 292, 293, 317, 338, 339, 347, 529, 530, 531, 532)
_LONG = 4  # a kind of value: 32 bits
_MODES = ("L", "F", "I", "RGB", "CMYK")
"""Modes of which a mean of pixels can be taken before anything else."""
_FEWEST = 4
"""Strips of a picture below which it is not worth the trouble."""


def is_in_pieces(image: Image.Image, factor: int) -> bool:
    """Whether `reduced` can be asked for a picture that is open but not loaded."""
    if factor == 1 or image.format != "TIFF" or image.mode not in _MODES:
        return False
    tags = getattr(image, "tag_v2", {})
    if _TILE_WIDTH in tags or tags.get(_PLANAR, 1) != 1 or tags.get(_ORIENTATION, 1) != 1:
        return False
    if "transparency" in image.info or (tags.get(_WIDTH), tags.get(_LENGTH)) != image.size:
        return False
    rows, offsets, counts = tags.get(_ROWS), tags.get(_OFFSETS, ()), tags.get(_COUNTS, ())
    if not isinstance(rows, int) or not 0 < rows < image.height:
        return False
    strips = -(-image.height // rows)
    fits = rows * image.width * math.lcm(rows, factor) // rows <= 8 * STRIP_PIXELS
    return fits and strips >= _FEWEST and len(offsets) == len(counts) == strips


def reduced(image: Image.Image, data: bytes, factor: int) -> Image.Image:
    """The picture, ``factor`` times smaller, each pixel a mean, in its own mode.

    Args:
        image: of ``data``, open and not loaded; `is_in_pieces` must hold.

    Raises:
        OSError, SyntaxError, ValueError: the data are damaged, as Pillow says it.
    """
    size = (-(-image.width // factor), -(-image.height // factor))
    target = Image.new(image.mode, size)
    for top, piece in _pieces(image, data, factor):
        with Image.open(io.BytesIO(piece), formats=["TIFF"]) as opened:
            if opened.mode != image.mode or opened.width != image.width:
                raise ValueError("a strip is of another kind than the picture")
            opened.load()
            target.paste(opened.reduce(factor), (0, top // factor))
    return target


def _pieces(image: Image.Image, data: bytes, factor: int) -> Iterator[tuple[int, bytes]]:
    """First row and file of some strips at a time, of rows that are a multiple of the factor."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    rows, offsets, counts = tags[_ROWS], tags[_OFFSETS], tags[_COUNTS]
    least = math.lcm(rows, factor) // rows
    together = max(1, STRIP_PIXELS // (rows * image.width) // least) * least
    for first in range(0, len(offsets), together):
        places = list(zip(offsets, counts, strict=True))[first : first + together]
        top = first * rows
        height = min(image.height - top, len(places) * rows)
        yield top, _file(tags, height, [data[at : at + count] for at, count in places])


def _file(tags: Any, height: int, strips: list[bytes]) -> bytes:
    """A TIFF of some strips, in the byte order of the one that they are from."""
    directory = ImageFileDirectory_v2(prefix=tags.prefix)
    for tag in _MEANING:
        if tag in tags:
            directory.tagtype[tag] = tags.tagtype[tag]
            directory[tag] = tags[tag]
    offsets = accumulate(map(len, strips[:-1]), initial=0)  # Pillow adds where they begin
    for tag, value in (
        (_WIDTH, tags[_WIDTH]),
        (_LENGTH, height),
        (_ROWS, tags[_ROWS]),
        (_OFFSETS, tuple(offsets)),
        (_COUNTS, tuple(map(len, strips))),
    ):
        directory.tagtype[tag] = _LONG
        directory[tag] = value
    order = "<" if tags.prefix == b"II" else ">"
    header = tags.prefix + struct.pack(f"{order}HI", 42, 8)
    return b"".join([header, directory.tobytes(8), *strips])
