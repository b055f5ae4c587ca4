"""Converting a picture in strips, so that a large one is never in memory several times over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image

STRIP_PIXELS = 1 << 20
"""Pixels of a strip; smaller pictures are converted whole."""


def in_strips(
    image: Image.Image, convert: Callable[[Image.Image], Image.Image], factor: int = 1
) -> Image.Image:
    """``convert`` (to mode RGB, of unchanged size) of a picture, made ``factor`` times smaller.

    Each pixel of the result is the mean of ``factor`` × ``factor`` of them; the last ones of a row
    and column of fewer, if the size is no multiple. Beside the picture and the result only a strip
    of some megabytes is in memory.
    """
    if factor == 1 and image.width * image.height <= STRIP_PIXELS:
        return convert(image)
    target = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top, strip in strips_of(image, factor):
        part = convert(strip)
        target.paste(part if factor == 1 else part.reduce(factor), (0, top // factor))
    return target


def strips_of(image: Image.Image, multiple: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """A picture from top to bottom: first row and strip; heights are multiples but for the last."""
    rows = max(1, STRIP_PIXELS // max(1, image.width) // multiple) * multiple
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))
