"""Image vectors as features: centred, partly whitened, of mean squared norm 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame", "frame_of"]

_WHITENING = 0.25  # exponent on the variance of a direction: 0 leaves it, 1 makes all alike
_FLOOR = 0.1  # of the mean variance, added to each, so that rounding is never blown up
_ROWS = 20_000

_Array = NDArray[np.float64]
_Float = NDArray[np.float32]


@dataclass(frozen=True)
class Frame:
    """How image vectors become features: minus `centre` (D,), times `turn` (D, D), symmetric."""

    centre: _Array
    turn: _Array

    def features(self, vectors: _Float) -> _Float:
        """Return (n, D) features of vectors (n, D)."""
        turn = self.turn.astype(np.float32)
        return vectors @ turn - (self.centre @ self.turn).astype(np.float32)

    def back(self, directions: _Float) -> _Float:
        """Return what vectors times gives features times `directions` (D, ...), but for a shift."""
        product: _Float = self.turn.astype(np.float32) @ directions
        return product


def frame_of(vectors: _Float) -> Frame:
    """Return the frame of a pool (N, D): its centre, and a whitening of a quarter.

    A few directions hold most of the variance of image vectors, and what they tell is often no
    class; unchecked, the first few labels move every image along them. Dividing each principal
    direction by its variance to the power of an eighth keeps what they know and takes away some of
    their say. Directions are found on at most 20,000 images. Images that are all alike have no
    direction: their features are 0.
    """
    centre = vectors.mean(axis=0, dtype=np.float64)  # of stored ones a block at a time
    sample = vectors[:: -(-len(vectors) // _ROWS)]
    squares = float(np.einsum("nd,nd->n", sample, sample).mean())
    centred = sample - centre.astype(np.float32)
    values, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64) / len(sample))
    values = np.maximum(values, 0.0)
    # Identical vectors leave rounding noise only, which must not be blown up to unit norm.
    if values.sum() <= 1e-6 * squares:
        return Frame(centre, np.zeros_like(axes))
    gains = (values + _FLOOR * values.mean()) ** (-_WHITENING / 2)
    gains /= np.sqrt((values * gains**2).sum())
    return Frame(centre, (axes * gains) @ axes.T)
