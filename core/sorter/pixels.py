"""A digest of what an encoder makes of pixels before it looks at them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.encoders.base import Encoder

_SIZE = (157, 311)  # pixels, height and width: nothing an encoder takes as it is


def pixels_digest(encoder: Encoder) -> str:
    """64 hex digits that change when resizing, cropping or the like does.

    It is of a drawn picture, so that it can be compared on another machine without any image.
    """
    from PIL import Image

    height, width = _SIZE
    rows, columns = np.mgrid[0:height, 0:width]
    drawn = np.stack([columns * 255 // width, rows * 255 // height, (rows * columns) % 256], axis=2)
    made = encoder.preprocess(Image.fromarray(drawn.astype(np.uint8), "RGB"))
    content = hashlib.sha256(repr(made.shape).encode())
    content.update(np.ascontiguousarray(made).tobytes())
    return content.hexdigest()
