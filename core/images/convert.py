"""Any picture that Pillow can hold, as 8-bit RGB.

Colour profiles are ignored: pixel values are taken as sRGB, as the image encoders' own
preprocessing does, so that vectors here equal theirs.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageCms

from core.images.large.strips import STRIP_PIXELS, in_strips
from core.images.pixels.ground import Ground, ground_of
from core.images.pixels.levels import WIDE, Levels, levels_of

_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")


def to_rgb(
    image: Image.Image, bits: int = 8, factor: int = 1, inverted: bool = False
) -> tuple[Image.Image, str | None]:
    """The picture in mode RGB, without metadata, and a note if its values had to be guessed at.

    - transparency (an alpha channel, a transparent palette entry or colour) is laid on white, or on
      black where white would hide the drawing, see `core.images.pixels.ground`;
    - greys of more than 8 bits are scaled from the range that their values use, see
      `core.images.pixels.levels`: 65535 becomes 255 in a picture of 16 bits, and 4095 where no
      value is greater, with a note; values that are no finite numbers become black;
    - CMYK becomes (1 - C)(1 - K) and so on; CIE L*a*b* goes through its standard conversion.

    The picture must be loaded. A large one is converted in strips, so that beside it and the result
    only some megabytes are needed; it may lose its own pixels to the result.

    Args:
        bits: depth of the samples in the file; it matters for the transparent colour of a 16-bit
            PNG alone, whose samples Pillow has already cut to 8 bits.
        factor: the result is that many times smaller, each pixel a mean.
        inverted: the lowest value is white; for the modes that Pillow does not invert itself.
    """
    notes: list[str | None] = []
    convert: Callable[[Image.Image], Image.Image] = _itself
    if image.mode in WIDE:
        levels = levels_of(image, inverted)
        convert = partial(_from_wide, levels=levels)
        notes.append(levels.note)
    elif image.mode == "LAB":
        convert = _from_lab()
    elif bits == 16 and image.mode == "RGB" and "transparency" in image.info:
        image.info["transparency"] = tuple(v >> 8 for v in image.info["transparency"])
    ground = Ground(None)
    if has_transparency(image):
        ground = ground_of(image, convert)
        notes.append(ground.note)

    def plain(strip: Image.Image) -> Image.Image:
        part = convert(strip)
        return ground.flatten(part) if has_transparency(part) else part.convert("RGB")

    if image.mode == "RGB" and not has_transparency(image):
        rgb = _own(image) if factor == 1 else image.reduce(factor)
    else:
        rgb = in_strips(image, plain, factor)
    rgb.info = {}
    return rgb, "; ".join(note for note in notes if note) or None


def has_transparency(image: Image.Image) -> bool:
    """Whether some pixels may be transparent."""
    return image.mode in _WITH_ALPHA or "transparency" in image.info


def _own(image: Image.Image) -> Image.Image:
    """A picture of mode RGB as one that knows nothing of its file; a large one is not copied."""
    if image.width * image.height <= STRIP_PIXELS:
        return image.copy()
    return image._new(image.im)


def _itself(image: Image.Image) -> Image.Image:
    return image


def _from_wide(image: Image.Image, levels: Levels) -> Image.Image:
    grey = levels.to_grey(image)
    key = image.info.get("transparency")
    if isinstance(key, int):
        clear = np.asarray(image) == key
        grey.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    return grey


def _from_lab() -> Callable[[Image.Image], Image.Image]:
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )

    def convert(strip: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(strip, transform)
        assert converted is not None  # it returns None only when asked to work in place
        return converted

    return convert
