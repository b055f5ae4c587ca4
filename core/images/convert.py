"""Any picture that Pillow can hold, as 8-bit RGB.

Colour profiles are ignored: pixel values are taken as sRGB, as the image encoders' own
preprocessing does, so that vectors here equal theirs.
"""

import numpy as np
from PIL import Image, ImageCms

_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")


def to_rgb(image: Image.Image, bits: int = 8) -> tuple[Image.Image, str | None]:
    """The picture in mode RGB, without metadata, and a note if its values had to be guessed at.

    - transparency (an alpha channel, a transparent palette entry or colour) is laid on white;
    - 16-bit greys are scaled by 1/257, so that 65535 becomes 255;
    - 32-bit integers and floats have no agreed white: values within 0..1 (floats), 0..255 or
      0..65535 (integers) are scaled by that range, all others by their own minimum and maximum,
      with a note; values that are no finite numbers become black;
    - CMYK becomes (1 - C)(1 - K) and so on; CIE L*a*b* goes through its standard conversion.

    `bits` is the depth of the samples in the file; it matters for the transparent colour of a
    16-bit PNG alone, whose samples Pillow has already cut to 8 bits. The picture must be loaded.
    """
    note = None
    if image.mode in _SIXTEEN_BIT:
        image = _from_sixteen_bit(image)
    elif image.mode in ("I", "F"):
        image, note = _from_wide(image)
    elif image.mode == "LAB":
        image = _from_lab(image)
    elif bits == 16 and image.mode == "RGB" and "transparency" in image.info:
        image.info["transparency"] = tuple(v >> 8 for v in image.info["transparency"])
    rgb = _flatten(image) if has_transparency(image) else image.convert("RGB")
    if rgb is image:
        rgb = image.copy()
    rgb.info = {}
    return rgb, note


def has_transparency(image: Image.Image) -> bool:
    """Whether some pixels may be transparent."""
    return image.mode in _WITH_ALPHA or "transparency" in image.info


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _from_sixteen_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.uint32)
    grey = Image.fromarray(((values + 128) // 257).astype(np.uint8))
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return grey
    grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey


def _from_wide(image: Image.Image) -> tuple[Image.Image, str | None]:
    values = np.asarray(image).astype(np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    agreed = (1.0, 255.0) if image.mode == "F" else (255.0, 65535.0)
    white = next((limit for limit in agreed if low >= 0 and high <= limit), None)
    note = None
    if white is None:
        note = f"values from {low:g} to {high:g} were stretched to the range of a picture"
    else:
        low, high = 0.0, white
    span = high - low
    scaled = (np.where(finite, values, low) - low) * (255.0 / span if span > 0 else 0.0)
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8)), note


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None  # it returns None only when asked to work in place
    return converted
