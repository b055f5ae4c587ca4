"""A fitted model of pictures and words: what it says of an image with words, and of one without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.learn.models.fused import CHUNK_ROWS, TRUST, Model, Scorer

__all__ = ["LEAST_TRUST", "Mix", "Part", "WordModel", "lighter", "offsets_of"]

Offsets = Literal["picture", "joint", "words"]
_PLACES: dict[Offsets, int] = {"picture": 0, "joint": 1, "words": 2}
_CHUNK_ROWS = 4_096
LEAST_TRUST = 0.002
"""Share of a regression's average from which on a trust in prompts is part of it."""

_Float = NDArray[np.float32]


@dataclass(frozen=True)
class Mix:
    """How loud picture and words are in one regression, and whose zero-shot logits it starts from.

    Attributes:
        picture, words: what the features of each are multiplied by; 0 leaves them out.
        offsets: of pictures, of both as they agree, or of words.
    """

    picture: float
    words: float
    offsets: Offsets


@dataclass(frozen=True, eq=False)
class Part:
    """One regression of the average: its share, and its model of all inputs."""

    mix: Mix
    share: float
    model: Scorer


@dataclass(frozen=True, eq=False)
class WordModel:
    """The average of some regressions on pictures and words.

    Attributes:
        parts: judge images with words; shares sum to 1.
        picture: judges those without, by the picture alone; None: the parts do.
    """

    parts: tuple[Part, ...]
    picture: Scorer | None

    @property
    def shares(self) -> dict[float, float]:
        """Each trust in prompts and its share of the average; they sum to 1."""
        result = dict.fromkeys(TRUST, 0.0)
        for part in self.parts:
            for trust, share in part.model.shares.items():
                result[trust] += part.share * share
        return result

    @property
    def weight(self) -> float:
        """What share the words have, 0 to 1: that of their variance in the inputs."""
        loud = ((p.share, p.mix.words**2, p.mix.picture**2) for p in self.parts)
        return sum(share * words / (words + picture) for share, words, picture in loud)

    def predict(self, inputs: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities of images.

        inputs, offsets: (n, D + r + 1) and (n, 3 K), of `core.learn.words.block.Words`.
        """
        if self.picture is None or bool((inputs[:, -1] > 0).all()):
            return self._of_words(inputs, offsets)
        result = np.empty((len(inputs), offsets.shape[1] // 3), np.float32)
        # Some rows at a time: copies of a whole pool's would take longer than the products.
        for begin in range(0, len(inputs), _CHUNK_ROWS):
            rows = np.arange(begin, min(begin + _CHUNK_ROWS, len(inputs)))
            speaking = inputs[rows, -1] > 0
            spoken, silent = rows[speaking], rows[~speaking]
            if len(silent):
                own = offsets_of(offsets[silent], "picture")
                result[silent] = self.picture.predict(inputs[silent], own)
            if len(spoken):
                result[spoken] = self._of_words(inputs[spoken], offsets[spoken])
        return result

    def _of_words(self, inputs: _Float, offsets: NDArray[np.floating]) -> _Float:
        own = [offsets_of(offsets, part.mix.offsets) for part in self.parts]
        models = [part.model for part in self.parts if isinstance(part.model, Model)]
        if len(models) == len(self.parts) and all(len(model.trusts) for model in models):
            return _predict_all(models, inputs, own, [part.share for part in self.parts])
        result = np.zeros((len(inputs), offsets.shape[1] // 3), np.float32)
        for part, offset in zip(self.parts, own, strict=True):
            result += np.float32(part.share) * part.model.predict(inputs, offset)
        return result


def _predict_all(
    models: Sequence[Model],
    vectors: _Float,
    offsets: Sequence[NDArray[np.floating]],
    shares: Sequence[float],
) -> _Float:
    """Return (n, K) the mean of what several models say of the same vectors, with shares that sum
    to 1; offsets (n, K), those of each.

    One product of all their slopes takes two thirds of the time of one each.
    """
    joined = np.hstack([slope for model in models for slope in model.slopes])
    ends = np.cumsum([len(model.trusts) * model.slopes.shape[2] for model in models])
    result = np.zeros(offsets[0].shape, dtype=np.float32)
    for begin in range(0, len(vectors), CHUNK_ROWS):
        block = slice(begin, begin + CHUNK_ROWS)
        products = np.split(vectors[block] @ joined, ends[:-1], axis=1)
        for model, own, offset, share in zip(models, products, offsets, shares, strict=True):
            probabilities = model.of_products(np.ascontiguousarray(own), offset[block])
            result[block] += np.float32(share) * probabilities
    return result


def lighter(model: Scorer) -> Scorer:
    """The same without trusts that hardly count: with several regressions each one costs."""
    if not isinstance(model, Model):
        return model
    keep = model.weights > LEAST_TRUST
    if keep.all():
        return model
    weights = model.weights[keep]
    return Model(
        model.slopes[keep], model.shifts[keep], model.trusts[keep], weights / weights.sum()
    )


def offsets_of(offsets: NDArray[np.floating], which: Offsets) -> NDArray[np.floating]:
    """Return (n, K) zero-shot logits of one source, from those (n, 3 K) of all."""
    count = offsets.shape[1] // 3
    return offsets[:, _PLACES[which] * count : (1 + _PLACES[which]) * count]
