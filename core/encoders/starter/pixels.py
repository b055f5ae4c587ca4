"""What the starter's image tower is shown. Kept apart from the tower, which needs PyTorch."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 224
CENTRE, SCALE = 127.0, 128.0
"""The tower's first step is (x - CENTRE) / SCALE."""
PREPROCESSING = {"side": SIDE, "resize": "shorter side, bicubic", "crop": "centre", "v": 1}


def preprocess(image: Image.Image) -> np.ndarray:
    """RGB image as uint8 (224, 224, 3): shorter side to 224, centre crop."""
    width, height = image.size
    scale = SIDE / min(width, height)
    # Cropping first, in source pixels, resizes only what is kept (a panorama costs no more).
    wide, high = min(width, SIDE / scale), min(height, SIDE / scale)
    left, top = (width - wide) / 2, (height - high) / 2
    box = (left, top, left + wide, top + high)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return np.array(rgb.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))
