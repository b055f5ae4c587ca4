"""Image vectors as features: centred, partly whitened, of mean squared norm 1.

And labeled ones in their span: the optimum of a regression's weights lies there, so every fit is
done in coordinates of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.learn.models.folds import deal_folds

__all__ = ["BIAS_SD", "DIRECTIONS", "PRECISION", "WEIGHT_SD", "Frame", "Ground", "frame_of"]

_WHITENING = 0.25  # exponent on the variance of a direction: 0 leaves it, 1 makes all alike
_FLOOR = 0.1  # of the mean variance, added to each, so that rounding is never blown up
_ROWS = 20_000
WEIGHT_SD = 6.0
"""Of the prior of the weights."""
BIAS_SD = 1.0
"""Of the prior of the bias."""
PRECISION = WEIGHT_SD**-2
DIRECTIONS = 400
"""At most, of the span of labeled images."""

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


@dataclass(frozen=True, eq=False)
class Ground:
    """m labeled images (m, D) in their span.

    Attributes:
        frame: of the vectors.
        folds: (m,) as `core.learn.models.folds.deal_folds` deals them.
        coordinates: (m, r + 1) in the span, orthogonal columns, the last being the bias.
        basis: (D, r) from features to coordinates.
    """

    frame: Frame
    folds: NDArray[np.intp]
    coordinates: _Array
    basis: _Array

    @classmethod
    def of(
        cls,
        frame: Frame,
        vectors: NDArray[np.float32],
        targets: _Array,
        seed: int,
        folds: NDArray[np.intp] | None = None,
        directions: int = DIRECTIONS,
    ) -> Ground:
        """Deal vectors (m, D) with class shares (m, K), and rotate them into their span.

        folds: as they were dealt to the same vectors and targets, where they were. directions: at
        most, those in which images differ most.
        """
        dealt = deal_folds(vectors, targets, seed) if folds is None else folds
        return cls(frame, dealt, *_span(frame, vectors, directions))

    @cached_property
    def turn(self) -> _Array:
        """(D, r) from vectors, centred, to coordinates."""
        return self.frame.turn @ self.basis


def _span(frame: Frame, vectors: NDArray[np.float32], most: int) -> tuple[_Array, _Array]:
    """Return coordinates (m, r + 1) and basis (D, r) of m labeled vectors."""
    labeled = (vectors - frame.centre) @ frame.turn
    if labeled.shape[0] <= labeled.shape[1]:
        values, left = np.linalg.eigh(labeled @ labeled.T)
        keep = _strong(values, most)
        roots = np.sqrt(values[keep])
        basis = labeled.T @ (left[:, keep] / roots)
        coordinates = left[:, keep] * roots
    else:
        values, basis = np.linalg.eigh(labeled.T @ labeled)
        basis = basis[:, _strong(values, most)]
        coordinates = labeled @ basis
    # A constant column of this height makes the weights' prior give the bias its own.
    bias = np.full((len(vectors), 1), BIAS_SD / WEIGHT_SD)
    return np.hstack([coordinates, bias]), basis


def _strong(values: _Array, most: int) -> NDArray[np.bool_]:
    """Return which eigenvalues, rising, are worth a direction: above rounding, the top ones."""
    strong = values > max(values[-1], 1e-12) * 1e-10
    strong[:-most] = False
    return strong
