"""A fitted model of pictures and words: what it says of an image with words, and of one without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.learn.models.fused import TRUST, Model, Scorer
from core.runtime.threads import each

__all__ = [
    "LEAST_TRUST",
    "PICTURE",
    "Mix",
    "Part",
    "WordModel",
    "lighter",
    "offsets_of",
    "predict_all",
]

Offsets = Literal["picture", "joint", "words"]
_PLACES: dict[Offsets, int] = {"picture": 0, "joint": 1, "words": 2}
_CHUNK_ROWS = 4_096
LEAST_TRUST = 0.02
"""Share of a regression's average from which on a trust in prompts is part of it: with several
regressions each trust costs, and those below move no probability by more than their shares."""

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


PICTURE = Mix(1.0, 0.0, "picture")
"""Pictures alone."""


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
        return predict_all([self], inputs, offsets)[0]


def predict_all(
    models: Sequence[WordModel], inputs: _Float, offsets: NDArray[np.floating]
) -> _Float:
    """Return (M, n, K) what several models say of the same images, as each alone would.

    All models of one fit: they judge images without words by the picture, or none of them does.
    One product of all their slopes takes half of the time of one each.
    """
    words = _Average([model.parts for model in models])
    pictures = _Average([(Part(PICTURE, 1.0, m.picture),) for m in models if m.picture])
    result = np.empty((len(models), len(inputs), offsets.shape[1] // 3), np.float32)

    def judge(begin: int) -> None:
        block = slice(begin, begin + _CHUNK_ROWS)
        read, own = inputs[block], offsets[block]
        speaking = read[:, -1] > 0
        if not pictures.members or speaking.all():
            result[:, block] = words.of(read, own)
            return
        result[:, begin + np.flatnonzero(~speaking)] = pictures.of(read[~speaking], own[~speaking])
        if speaking.any():
            result[:, begin + np.flatnonzero(speaking)] = words.of(read[speaking], own[speaking])

    begins = range(0, len(inputs), _CHUNK_ROWS)
    if len(begins) == 1:
        judge(0)
    else:
        each(judge, begins)
    return result


class _Average:
    """What models say that are averages of parts, (M, n, K)."""

    def __init__(self, members: Sequence[Sequence[Part]]) -> None:
        self.members = members
        self._parts = [(place, part) for place, parts in enumerate(members) for part in parts]
        models = [part.model for _, part in self._parts]
        own = [model for model in models if isinstance(model, Model) and len(model.trusts)]
        self._joined: _Float | None = None
        if len(own) == len(models) and own:
            self._joined = np.hstack([slope for model in own for slope in model.slopes])
            columns = [len(model.trusts) * model.slopes.shape[2] for model in own]
            self._ends = np.cumsum(columns)[:-1]

    def of(self, inputs: _Float, offsets: NDArray[np.floating]) -> _Float:
        """What they say of images (n, D + r + 1) with all their offsets (n, 3 K)."""
        sources = {which: offsets_of(offsets, which) for which in _PLACES}
        result = np.zeros((len(self.members), len(inputs), offsets.shape[1] // 3), np.float32)
        products: Sequence[_Float | None] = [None] * len(self._parts)
        if self._joined is not None:
            products = np.split(inputs @ self._joined, self._ends, axis=1)
        for (place, part), own in zip(self._parts, products, strict=True):
            offset = sources[part.mix.offsets]
            if own is not None and isinstance(part.model, Model):
                judged = part.model.of_products(np.ascontiguousarray(own), offset)
            else:
                judged = part.model.predict(inputs, offset)
            result[place] += np.float32(part.share) * judged
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
