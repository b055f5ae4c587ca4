"""The head for macro F1: classes are raised as far as that is expected to gain more than it costs.

A model that is right as often as it can be calls rare classes too seldom for the mean F1 of all
classes. What a decision is worth can be worked out from probabilities: were they right, the F1 of
a class would be 2 (its probabilities among what is called it) / (its probabilities among all
images + what is called it). The probabilities of each class are multiplied by a factor, and the
factors are those with the most expected macro F1 plus expected accuracy over the pool (the
plug-in rule: Koyejo et al., NeurIPS 2014; Narasimhan et al., ICML 2015). No label has a say
beyond the probabilities, so nothing is fitted to the few labels of a rare class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.learn.models.fused import Scorer
from core.learn.words.model import WordModel

__all__ = ["Lifted", "lift", "lifted", "raised"]

_FARTHEST = 1.5  # of the log of a factor, either way: no class is raised above another 20-fold
_SHARPNESS = (2.0, 8.0)  # of the soft choices that stand for hard ones, which have no slope
_ROUNDS, _TOLERANCE = 40, 1e-6
_LIKELIEST = 16  # classes of an image that can become its own
_CELLS = 300_000  # images times those classes that are looked at
_TINY = 1e-30

_Float = NDArray[np.float32]
_Array = NDArray[np.float64]


def lift(probabilities: _Float) -> _Float:
    """Return factors (K,), the largest 1, for the classes of a pool's probabilities (N, K)."""
    count = probabilities.shape[1]
    if len(probabilities) == 0 or count < 2:
        return np.ones(count, np.float32)
    choices, logs = _Choices.of(probabilities), np.zeros(count)
    for sharpness in _SHARPNESS:
        logs = minimize(
            choices.loss,
            logs,
            args=(sharpness,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_FARTHEST, _FARTHEST)] * count,
            options={"maxiter": _ROUNDS, "ftol": _TOLERANCE},
        ).x
    return np.exp(logs - logs.max()).astype(np.float32)


def lifted(probabilities: _Float, factors: _Float) -> _Float:
    """Return (n, K) probabilities times factors (K,), rows again of sum 1."""
    result = probabilities * factors
    return np.asarray(result / result.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Lifted:
    """A model whose probabilities are multiplied by factors (K,)."""

    model: Scorer
    factors: _Float

    @property
    def shares(self) -> dict[float, float]:
        """Each trust in the prompts and its share of the average; they sum to 1."""
        return self.model.shares

    def predict(self, vectors: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities of images, from vectors (n, D) and offsets (n, K)."""
        return lifted(self.model.predict(vectors, offsets), self.factors)


def raised(model: Scorer, factors: _Float, reliefs: tuple[float, float]) -> Scorer:
    """Return a model with factors (K,) for its classes; one of pictures and words stays one.

    reliefs: temperatures that are applied to its probabilities afterwards, without words and with;
    the factors are those of probabilities after them.
    """
    own, worded = (factors**relief for relief in reliefs)
    if not isinstance(model, WordModel):
        return Lifted(model, own)
    parts = tuple(replace(part, model=Lifted(part.model, worded)) for part in model.parts)
    return WordModel(parts, None if model.picture is None else Lifted(model.picture, own))


@dataclass(frozen=True, eq=False)
class _Choices:
    """What images can be called.

    Attributes:
        classes, chances: (n, m) the likeliest classes of images that factors could move, and their
            probabilities.
        each: for how many images each of the n stands.
        expected: (K,) images of each class among all, by their probabilities.
        called, hits: (K,) images that no factor moves, by what they are called, and how many of
            these are right.
        images: how many there are in all.
    """

    classes: NDArray[np.intp]
    chances: _Array
    each: int
    expected: _Array
    called: _Array
    hits: _Array
    images: int

    @classmethod
    def of(cls, probabilities: _Float) -> _Choices:
        """Of a pool's probabilities (N, K), K >= 2."""
        images, count = probabilities.shape
        most = min(_LIKELIEST, count)
        order = np.argpartition(-probabilities, most - 1, axis=1)[:, :most]
        chances = np.take_along_axis(probabilities, order, axis=1).astype(np.float64)
        top = np.partition(chances, most - 2, axis=1)[:, -2:]
        open_ = top[:, 1] < top[:, 0] * np.exp(2 * _FARTHEST + 1)
        best, sure = probabilities.argmax(axis=1)[~open_], top[~open_, 1]
        places = np.flatnonzero(open_)
        each = max(1, -(-len(places) * most // _CELLS))
        places = places[::each]
        return cls(
            order[places],
            np.maximum(chances[places], _TINY),
            each,
            probabilities.sum(axis=0, dtype=np.float64),
            np.bincount(best, minlength=count).astype(np.float64),
            np.bincount(best, weights=sure, minlength=count).astype(np.float64),
            images,
        )

    def loss(self, logs: _Array, sharpness: float) -> tuple[float, _Array]:
        """Return minus macro F1 and accuracy, as expected, and its slopes by logs (K,)."""
        count = len(logs)
        soft = (np.log(self.chances) + logs[self.classes]) * sharpness
        np.exp(soft - soft.max(axis=1, keepdims=True), out=soft)
        soft /= soft.sum(axis=1, keepdims=True)
        hits = self.hits + self.each * self._by_class(soft * self.chances, count)
        sizes = self.expected + self.called + self.each * self._by_class(soft, count)
        sizes = np.maximum(sizes, _TINY)  # of a class that no image is
        f1 = 2 * hits / sizes
        worth = self.chances * (2 / sizes / count + 1 / self.images)[self.classes]
        worth -= (f1 / sizes / count)[self.classes]
        slopes = worth - (soft * worth).sum(axis=1, keepdims=True)
        moved = sharpness * self.each * self._by_class(soft * slopes, count)
        return -float(f1.mean() + hits.sum() / self.images), -moved

    def _by_class(self, values: _Array, count: int) -> _Array:
        """Return (K,) the sums of values (n, m) by class."""
        sums = np.bincount(self.classes.ravel(), values.ravel(), minlength=count)
        return sums.astype(np.float64)
