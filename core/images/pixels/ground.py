"""What a transparent picture is laid on, so that one sees what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LEAST_SEEN = 0.03
"""Share of what is drawn that has to differ from white; less than that is lost on it."""
_SIDE = 512  # pixels a side that are looked at
_DRAWN = 16  # of 255: what is more transparent is not drawn
_DIFFERS = 24  # grey levels from the ground that one sees
_VARIES = 8  # grey levels between colours that make a picture


@dataclass(frozen=True)
class Ground:
    """A colour to lay a picture on, or None to show its colours as if it were opaque."""

    colour: tuple[int, int, int] | None
    note: str | None = None

    def flatten(self, image: Image.Image) -> Image.Image:
        """A picture with transparency as one of mode RGB without."""
        rgba = _rgba(image)
        if self.colour is None:
            return rgba.convert("RGB")
        ground = Image.new("RGB", rgba.size, self.colour)
        ground.paste(rgba, mask=rgba.getchannel("A"))
        return ground


def ground_of(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Ground:
    """The ground for a picture with transparency: white, unless that would hide it.

    A drawing that is white itself is laid on black. A picture that is transparent throughout but
    has colours (programs that keep something else in the fourth channel write such files) is shown
    without its transparency.

    Args:
        convert: makes 8-bit colours of the picture's own values, keeping transparency.
    """
    size = (min(_SIDE, image.width), min(_SIDE, image.height))
    pixels = np.asarray(_rgba(convert(image.resize(size, Image.Resampling.NEAREST))))
    colours, alpha = pixels[..., :3], pixels[..., 3]
    drawn = alpha > _DRAWN
    if not drawn.any():
        if np.ptp(colours, axis=(0, 1)).max() > _VARIES:
            return Ground(None, "it is transparent throughout: its colours are shown without that")
        return Ground(WHITE)
    if _seen(colours, alpha, drawn, 255) >= LEAST_SEEN or alpha.min() == 255:
        return Ground(WHITE)
    if _seen(colours, alpha, drawn, 0) < LEAST_SEEN:
        return Ground(WHITE)
    return Ground(BLACK, "it is a white drawing on a transparent ground: it is laid on black")


def _seen(colours: np.ndarray, alpha: np.ndarray, drawn: np.ndarray, ground: int) -> float:
    """Share of what is drawn that differs from a ground of that grey when it is laid on it."""
    away = np.abs(colours.astype(np.float32) - ground).max(axis=2) * (alpha / np.float32(255))
    return float((away[drawn] > _DIFFERS).mean())


def _rgba(image: Image.Image) -> Image.Image:
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
