"""The colours of a picture in a few bytes: tells apart what a hash of greys takes for the same."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 16
CHROMA_BYTES = 2 * SIDE * SIDE
_GREY = 128
_MOST_GAIN = 1.5  # pictures that were made brighter or more vivid have stronger colours
_SHARE = 95  # percent of the blocks that must agree


def chroma(picture: Image.Image) -> bytes:
    """Blue and red difference (ITU-R BT.601, as in JPEG) of 16 × 16 blocks, 512 bytes."""
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX).convert("YCbCr")
    return np.asarray(small)[..., 1:].tobytes()


def colour_distance(first: bytes, second: bytes) -> float:
    """How far the colours of two pictures differ: 0 the same, to some 180.

    The 95th percentile over the blocks of the distance to the most similar of the nine blocks
    there and around, after the strength of the colours was brought into line: a picture that was
    cut a little, made brighter or more vivid stays close; one of which a twentieth is of another
    colour does not.
    """
    a, b = _blocks(first), _blocks(second)
    gain = float((a * b).sum()) / max(float((b * b).sum()), 1e-6)
    b = b * min(max(gain, 1 / _MOST_GAIN), _MOST_GAIN)
    return float(np.percentile(np.maximum(_nearest(a, b), _nearest(b, a)), _SHARE))


def _blocks(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE, 2).astype(np.float32) - _GREY


def _nearest(blocks: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(16, 16) distance of each block to the most similar one there and around."""
    wide = np.pad(others, ((1, 1), (1, 1), (0, 0)), mode="edge")
    shifted = [wide[i : i + SIDE, j : j + SIDE] for i in range(3) for j in range(3)]
    return np.min([np.linalg.norm(blocks - other, axis=-1) for other in shifted], axis=0)
