"""A perceptual hash: bits that stay nearly the same when a picture is saved again or resized."""

from __future__ import annotations

import numpy as np
from PIL import Image

HASH_BYTES = 32
_SIDE = 32
_LOWEST = 16


def _cosines() -> np.ndarray:
    """(16, 32): the sixteen lowest rows of the discrete cosine transform."""
    k, x = np.arange(_LOWEST)[:, None], np.arange(_SIDE)[None, :]
    return np.cos(np.pi * k * (2 * x + 1) / (2 * _SIDE))


def _coarse_first() -> np.ndarray:
    """(256,): the frequencies of the 8 × 8 lowest block, then the others."""
    row, column = np.divmod(np.arange(_LOWEST * _LOWEST), _LOWEST)
    return np.argsort(np.maximum(row, column) >= _LOWEST // 2, kind="stable")


_DCT = _cosines()
_ORDER = _coarse_first()


def perceptual_hash(grey: Image.Image) -> bytes:
    """The 32-byte hash of a picture of mode "L".

    Which of the 16 × 16 lowest spatial frequencies of the picture, squeezed to 32 × 32 pixels, are
    above their median (after Zauner, 2010, "pHash"). The first 8 bytes are the 8 × 8 lowest of
    them, the 64-bit hash that is usual; 256 bits tell apart what those cannot, such as two shirts
    on the same white table. A picture of one grey has all bits zero.
    """
    small = grey.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float64)
    # The mean is the one frequency that says nothing of the picture's shape. Rounded, because what
    # ought to be zero is not quite.
    waves = np.round(_DCT @ (pixels - pixels.mean()) @ _DCT.T, 6).ravel()[_ORDER]
    return np.packbits(waves > np.median(waves)).tobytes()
