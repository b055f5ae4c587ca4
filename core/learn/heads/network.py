"""The head with a hidden layer: classes that no single direction tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.models.folds import deal_folds
from core.learn.models.frame import Frame
from core.learn.models.fused import TRUST, Fit, trust_weights
from core.learn.models.softmax import log_softmax, softmax
from core.runtime.threads import one_blas_thread

__all__ = ["Network", "fit_network"]

_HIDDEN = 24
_DIRECTIONS = 64  # of the labeled images, the strongest
_STEPS = 250
_RATE = 0.02
_DECAY = 0.3  # of Adam, decoupled (Loshchilov and Hutter, ICLR 2019)
_ROWS = 8_192

_Float = NDArray[np.float32]
_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """One small network for each trust in the prompts, their probabilities averaged.

    Attributes:
        inner, bends: (D, A, H) and (A, H) float32 to the hidden layer, from vectors as they come.
        outer, shifts: (A, H, K) and (A, K) float32 from there to logits.
        trusts, weights: (A,) float32 and float64, as of `core.learn.models.fused.Model`. A = 0:
            prompts only.
    """

    inner: _Float
    bends: _Float
    outer: _Float
    shifts: _Float
    trusts: _Float
    weights: _Array

    @property
    def shares(self) -> dict[float, float]:
        """Each trust of `TRUST` and its share of the average; they sum to 1."""
        fitted = dict(zip(self.trusts.tolist(), self.weights.tolist(), strict=True))
        return dict.fromkeys(TRUST, 0.0) | (fitted or {1.0: 1.0})

    def predict(self, vectors: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities of images, from vectors (n, D) and offsets (n, K)."""
        if len(self.trusts) == 0:
            return softmax(offsets)
        result = np.zeros(offsets.shape, dtype=np.float32)
        flat = self.inner.reshape(len(self.inner), -1)
        for begin in range(0, len(vectors), _ROWS):
            block = slice(begin, begin + _ROWS)
            hidden = (vectors[block] @ flat).reshape(-1, *self.bends.shape) + self.bends
            np.tanh(hidden, out=hidden)
            for number, (trust, weight) in enumerate(zip(self.trusts, self.weights, strict=True)):
                logits = hidden[:, number] @ self.outer[number] + self.shifts[number]
                result[block] += np.float32(weight) * softmax(logits + trust * offsets[block])
        return result / result.sum(axis=1, keepdims=True)


def fit_network(
    frame: Frame,
    vectors: _Float,
    offsets: NDArray[np.floating],
    targets: _Array,
    held: Sequence[NDArray[np.intp]] = (),
    seed: int = 0,
) -> Fit[Network]:
    """Fit networks of 24 hidden units to m labeled images; arguments as of `fused.fit`.

    Inputs are the 64 strongest directions of the labeled images. The outer layer starts at 0, so
    that learning starts from the prompts and treats all classes alike; the inner one starts the
    same whatever the order of images.
    """
    m, count = targets.shape
    if m == 0:
        nothing = _nothing(vectors.shape[1], count)
        return Fit(nothing, [nothing] * len(held), [], np.empty(0, dtype=np.intp))
    folds = deal_folds(vectors, targets, seed)
    included = np.ones((m, 1 + len(held) + folds.max() + 1), dtype=np.float32)
    for index, out in enumerate(held):
        included[out, 1 + index] = 0.0
    included[:, 1 + len(held) :] = folds[:, None] != np.arange(folds.max() + 1)
    with one_blas_thread():
        axes = _axes(frame, vectors)
        layers = _Layers(frame, axes, vectors, offsets, targets, included, seed)
        layers.learn()
    likelihood = layers.likelihood(folds)
    models = [
        layers.network(group, trust_weights(included[:, group], likelihood))
        if included[:, group].any()
        else _nothing(vectors.shape[1], count)
        for group in range(included.shape[1])
    ]
    return Fit(models[0], models[1 : 1 + len(held)], models[1 + len(held) :], folds)


def _nothing(dimensions: int, count: int) -> Network:
    """Return the network without labels: prompts only."""
    none = np.empty((0, _HIDDEN), np.float32)
    inner, outer = np.empty((dimensions, *none.shape)), np.empty((*none.shape, count))
    return Network(
        inner.astype(np.float32), none, outer.astype(np.float32), outer[:, 0].astype(np.float32),
        none[:, 0], np.empty(0),
    )  # fmt: skip


def _axes(frame: Frame, vectors: _Float) -> _Array:
    """Return (r, D) the strongest directions of the features, of unit length."""
    features = (vectors - frame.centre) @ frame.turn
    _, values, axes = np.linalg.svd(features, full_matrices=False)
    strong = values[:_DIRECTIONS] > max(values[0], 1e-12) * 1e-5
    return np.asarray(axes[:_DIRECTIONS][strong])


class _Layers:
    """The networks of all groups of images and all trusts, learned side by side with Adam."""

    def __init__(
        self,
        frame: Frame,
        axes: _Array,
        vectors: _Float,
        offsets: NDArray[np.floating],
        targets: _Array,
        included: _Float,
        seed: int,
    ) -> None:
        groups = included.shape[1]
        trusts = np.array(TRUST, dtype=np.float32)
        self.basis, self.targets = frame.turn @ axes.T, targets.astype(np.float32)
        self.centre = frame.centre @ self.basis
        self.points = (vectors @ self.basis - self.centre).astype(np.float32)
        self.problems, count = groups * len(trusts), targets.shape[1]
        self.text = (trusts[:, None, None] * offsets).astype(np.float32)  # (A, m, K)
        each = np.repeat(included.T, len(trusts), axis=0)
        self.rows = each / np.maximum(each.sum(axis=1, keepdims=True), 1.0)  # (P, m)
        random = np.random.default_rng(seed)
        # Drawn for features and not for axes, which have no sign of their own.
        start = axes @ random.normal(size=(axes.shape[1], _HIDDEN))
        shapes = (_HIDDEN,), (_HIDDEN, count), (count,)
        self.inner = np.repeat(start[None].astype(np.float32), self.problems, axis=0)
        self.bends, self.outer, self.shifts = (
            np.zeros((self.problems, *shape), np.float32) for shape in shapes
        )

    def learn(self) -> None:
        """Take the steps."""
        parts = [self.inner, self.bends, self.outer, self.shifts]
        first = [np.zeros_like(part) for part in parts]
        second = [np.zeros_like(part) for part in parts]
        for step in range(1, _STEPS + 1):
            rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / _STEPS))
            for part, mean, square, slope in zip(parts, first, second, self._slopes(), strict=True):
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope**2 - square)
                root = np.sqrt(square / (1 - 0.999**step)) + 1e-8
                part *= 1 - rate * _DECAY
                part -= rate * mean / (1 - 0.9**step) / root

    def _hidden(self) -> _Float:
        """Return the (P, m, H) values of the hidden layer."""
        flat = self.inner.transpose(1, 0, 2).reshape(self.points.shape[1], -1)
        hidden = (self.points @ flat).reshape(len(self.points), self.problems, _HIDDEN)
        return np.tanh(hidden.transpose(1, 0, 2) + self.bends[:, None])

    def _logits(self, hidden: _Float) -> _Float:
        """Return the (P, m, K) logits."""
        logits = hidden @ self.outer + self.shifts[:, None]
        of_trust = logits.reshape(-1, *self.text.shape)
        of_trust += self.text
        return logits

    def _slopes(self) -> tuple[_Float, _Float, _Float, _Float]:
        """Return the gradients of the mean cross-entropy by the four parts."""
        hidden = self._hidden()
        logits = self._logits(hidden)
        logits -= logits.max(axis=2, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=2, keepdims=True)
        logits -= self.targets
        logits *= self.rows[:, :, None]
        back = logits @ self.outer.transpose(0, 2, 1)
        back *= 1.0 - hidden**2
        flat = back.transpose(1, 0, 2).reshape(len(self.points), -1)
        inner = (self.points.T @ flat).reshape(-1, self.problems, _HIDDEN).transpose(1, 0, 2)
        return inner, back.sum(axis=1), hidden.transpose(0, 2, 1) @ logits, logits.sum(axis=1)

    def likelihood(self, folds: NDArray[np.intp]) -> _Array:
        """Return the out-of-fold log-likelihood (m, A) of each label; folds are the last groups."""
        logits = self._logits(self._hidden())
        logs = log_softmax(logits.reshape(-1, logits.shape[2])).reshape(logits.shape)
        own = (logs * self.targets).sum(axis=2).reshape(-1, len(TRUST), len(folds))
        last = own[len(own) - folds.max() - 1 :]
        return np.asarray(last[folds, :, np.arange(len(folds))], dtype=np.float64)

    def network(self, group: int, weights: _Array) -> Network:
        """Return the network of one group, for vectors as they come."""
        used = np.flatnonzero(weights > 1e-4)
        which = group * len(TRUST) + used
        inner = np.einsum("dr,arh->dah", self.basis, self.inner[which].astype(np.float64))
        bends = self.bends[which] - np.einsum("r,arh->ah", self.centre, self.inner[which])
        return Network(
            inner.astype(np.float32),
            bends.astype(np.float32),
            self.outer[which],
            self.shifts[which],
            np.array(TRUST, dtype=np.float32)[used],
            weights[used] / weights[used].sum(),
        )
