"""An image that is not of a pool: whom of the pool it looks like, and what it hears of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.models.frame import Frame, frame_of
from core.learn.models.neighbourhood import WEIGHT

__all__ = ["Surroundings", "heard"]

_TINY = 1e-30  # what a probability of zero counts as, and a length of none
_BLOCK = 8_192

_Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A pool as an image from elsewhere sees it.

    Attributes:
        vectors: (N, D) of the pool.
        frame: its frame, in which `core.learn.models.neighbourhood.knn_graph` measures too.
        lengths: (N,) float32 norms of the features.
    """

    vectors: _Float
    frame: Frame
    lengths: _Float

    @classmethod
    def make(cls, vectors: _Float) -> Surroundings:
        """Of a pool (N, D). Memory O(N), beside a block of features."""
        frame, lengths = frame_of(vectors), np.empty(len(vectors), np.float32)
        for begin in range(0, len(vectors), _BLOCK):
            block = slice(begin, begin + _BLOCK)
            lengths[block] = np.linalg.norm(frame.features(vectors[block]), axis=1)
        return cls(vectors, frame, np.maximum(lengths, 1e-12))

    def nearest(self, vector: _Float, count: int) -> NDArray[np.intp]:
        """Return up to ``count`` rows (k,) of the images most like a vector (D,), nearest first.

        By the cosine of features; all N images are compared.
        """
        # Both turns at once, on the one vector: features of N images would be a second pool.
        turned = self.frame.turn @ (self.frame.turn @ (vector - self.frame.centre))
        near = self.vectors @ turned.astype(np.float32) - np.float32(self.frame.centre @ turned)
        near /= self.lengths
        count = min(count, len(near))
        best = np.argpartition(-near, count - 1)[:count] if count else np.empty(0, np.intp)
        best.sort()
        return best[np.argsort(-near[best], kind="stable")]


def heard(
    own: NDArray[np.floating], around: NDArray[np.floating], loud: Sequence[float] | _Float
) -> _Float:
    """Return (1, K): one image after the last round of `core.learn.models.neighbourhood.smooth`.

    own: (1, K) probabilities of the model. around: (k, K) what its neighbours are believed to be
    by then, or labeled. loud: (k,) how far each is heard, 1 for wholly.
    """
    own = np.maximum(own, _TINY).astype(np.float32)
    if not len(around):
        return own / own.sum()
    mean = np.asarray(loud, np.float32) @ around.astype(np.float32) / np.float32(len(around))
    result: _Float = own * np.exp(np.float32(WEIGHT) * mean)
    return result / result.sum()
