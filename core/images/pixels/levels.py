"""What is black and what is white in pictures of more than eight bits.

Cameras, scanners and microscopes write 10, 12 or 14 bits into 16, and floats in any unit, and
seldom say so. Taken by the letter of the format such a picture is black. So the values themselves
are looked at, and whatever is not the format's own range is noted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.images.large.strips import STRIP_PIXELS, strips_of

SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N")
WIDE = (*SIXTEEN_BIT, "I", "F")
_DEPTHS = (8, 10, 12, 14, 16)
_DARK = 16  # times darker than white: next to black for the eye
_NARROW = 8  # times narrower than the range, and in its middle: next to one grey
_LEVELS = 256  # fewer values than that between black and white would be stretched noise
_OUTLIERS = 0.1  # percent of the pixels at either end that may be hot or dead ones


@dataclass(frozen=True)
class Levels:
    """Values that become 0 and 255, and a note unless they are those of the format.

    ``inverted``: the lowest value is white, as some TIFFs have it.
    """

    black: float
    white: float
    note: str | None = None
    inverted: bool = False

    def to_grey(self, strip: Image.Image) -> Image.Image:
        """A strip of the picture in mode "L"; what is no finite number is the lowest value."""
        values = np.asarray(strip).astype(np.float64)
        values[~np.isfinite(values)] = self.black
        values -= self.black  # in place from here on: a strip is of a million pixels
        span = self.white - self.black
        values *= 255.0 / span if span > 0 else 0.0
        np.clip(np.rint(values, out=values), 0, 255, out=values)
        grey = values.astype(np.uint8)
        return Image.fromarray(255 - grey if self.inverted else grey)


def levels_of(image: Image.Image, inverted: bool = False) -> Levels:
    """The levels of a loaded picture of one of the `WIDE` modes, from all its values."""
    low, high, rare_low, rare_high = _ends(image)
    if image.mode == "F":
        levels = _of_floats(low, high, rare_high - rare_low)
    elif low >= 0:
        levels = _of_integers(low, high, rare_low, rare_high, image.mode in SIXTEEN_BIT)
    else:
        levels = _stretched(low, high)
    if _is_far(low, high, rare_low, rare_high) and levels.note:
        note = (
            f"values from {rare_low:g} to {rare_high:g} were stretched to the range of a picture, "
            f"and the few beyond (from {low:g} to {high:g}) cut"
        )
        levels = Levels(rare_low, rare_high, note)
    return Levels(levels.black, levels.white, levels.note, inverted)


def depth_of(high: float) -> int:
    """The least usual depth in bits that holds a value, 8 to 16 (more: 16)."""
    return next((bits for bits in _DEPTHS if high < 1 << bits), _DEPTHS[-1])


def _of_integers(
    low: float, high: float, rare_low: float, rare_high: float, sixteen: bool
) -> Levels:
    if high > 65535:
        return _stretched(low, high)
    own = 65535.0 if sixteen else (255.0 if high <= 255 else 65535.0)
    if high == 0:
        return Levels(0.0, own)
    if high * _DARK <= 255:
        return _stretched(0.0, high)
    bits = depth_of(high)
    if bits == 16 and rare_high * _DARK <= high:  # dark, but for a few hot pixels
        bits = depth_of(rare_high)
    white = float((1 << bits) - 1)
    spread = rare_high - rare_low
    if rare_low > spread and spread > _LEVELS and spread * _NARROW < white:
        return _stretched(rare_low, rare_high)
    if white == own:
        return Levels(0.0, own)
    return Levels(0.0, white, f"its values reach {high:,.0f} only and are read as {bits} bits")


def _of_floats(low: float, high: float, spread: float) -> Levels:
    white = next((each for each in (1.0, 255.0) if low >= 0 and high <= each), None)
    if white is None or low > high - low:
        narrow = white is None or 0 < spread * _NARROW < white
        return _stretched(low, high) if narrow else Levels(0.0, white or high)
    return _stretched(0.0, high) if 0 < high * _DARK <= white else Levels(0.0, white)


def _stretched(low: float, high: float) -> Levels:
    note = f"values from {low:g} to {high:g} were stretched to the range of a picture"
    return Levels(low, high, note)


def _is_far(low: float, high: float, rare_low: float, rare_high: float) -> bool:
    """Whether a few values stretch the range so far that all others are one grey in it."""
    return 0 < (rare_high - rare_low) * _DARK < high - low


def _ends(image: Image.Image) -> tuple[float, float, float, float]:
    """The least and greatest finite value, and those that hardly any lie beyond; zeros for none."""
    step = max(1, image.width * image.height // STRIP_PIXELS)
    lows, highs, some = [], [], []
    for _, strip in strips_of(image):
        values = np.asarray(strip)
        finite = values[np.isfinite(values)]
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
            some.append(finite[::step])
    if not lows:
        return 0.0, 0.0, 0.0, 0.0
    rare = np.percentile(
        np.concatenate(some).astype(np.float64), (_OUTLIERS, 100 - _OUTLIERS), method="nearest"
    )
    return min(lows), max(highs), float(rare[0]), float(rare[1])
