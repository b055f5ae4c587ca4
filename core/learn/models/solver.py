"""Many ridge-penalised multinomial regressions on the same rows, solved side by side.

A round of the model needs tens of small fits that differ in their offsets and in the rows left
out. One after the other each spends its time in calls; side by side their products are a few large
ones. The method is L-BFGS (Nocedal, Mathematics of Computation 1980), every problem with its own
steps.
"""

import numpy as np
from numpy.typing import NDArray

from core.learn.models.softmax import highest
from core.runtime.pausing import breathe

__all__ = ["MEMORY", "TOLERANCE", "fit_many"]

MEMORY = 8
"""Steps that are remembered."""
TOLERANCE = 1e-5
"""A problem is solved when a round lowers its loss by less than this part of it."""
_MAX_ROUNDS = 200
_TRIES = 8
_DECREASE = 1e-4

_Array = NDArray[np.float32]
_Pair = tuple[_Array, _Array, NDArray[np.float64]]


class _Problems:
    """P problems over the same m rows; weights are (r, P, K), values and steps (P,)."""

    def __init__(
        self,
        design: _Array,
        offsets: _Array,
        targets: _Array,
        included: _Array,
        ridge: _Array,
        focus: float = 0.0,
    ) -> None:
        self.design, self.offsets, self.ridge = design, offsets, ridge
        self.targets, self.included = targets, included
        self.focus = focus
        self.wide = np.ascontiguousarray(design.T)
        self.aims = targets[:, None] * included[:, :, None]  # (m, P, K), what counts of targets

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Go on with some problems, which (P,), and forget those that are solved."""
        self.offsets = np.ascontiguousarray(self.offsets[:, which])
        self.included = np.ascontiguousarray(self.included[:, which])
        self.aims = np.ascontiguousarray(self.aims[:, which])

    def value(self, weights: _Array) -> tuple[NDArray[np.float64], _Array]:
        """Return (P,) losses and (r, P, K) gradients."""
        r, p, k = weights.shape
        logits = (self.design @ weights.reshape(r, p * k)).reshape(-1, p, k)
        logits += self.offsets
        logits -= highest(logits)[:, :, None]
        losses, slopes = self._focal(logits) if self.focus else self._entropy(logits)
        shrink = self.ridge * weights
        losses += 0.5 * _dot(shrink, weights)
        gradient = (self.wide @ slopes.reshape(-1, p * k)).reshape(r, p, k)
        gradient += shrink
        return losses, gradient

    def _entropy(self, logits: _Array) -> tuple[NDArray[np.float64], _Array]:
        """Return the cross-entropies (P,), and their slopes (m, P, K) by the logits, in place."""
        own = np.einsum("mpk,mk->mp", logits, self.targets)
        np.exp(logits, out=logits)
        total = logits.sum(axis=2)
        losses = ((np.log(total) - own) * self.included).sum(axis=0, dtype=np.float64)
        logits *= (self.included / total)[:, :, None]
        logits -= self.aims
        return losses, logits

    def _focal(self, logits: _Array) -> tuple[NDArray[np.float64], _Array]:
        """Return the focal losses (P,), and their slopes (m, P, K) by the logits."""
        logs = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
        chances, aims = np.exp(logs), self.targets[:, None]
        doubt = np.maximum(1.0 - chances, np.float32(1e-7))
        faded = doubt**self.focus
        losses = -((aims * faded * logs).sum(axis=2) * self.included).sum(axis=0, dtype=np.float64)
        pulls = aims * (self.focus * faded / doubt * chances * logs - faded)
        slopes = pulls - chances * pulls.sum(axis=2, keepdims=True)
        return losses, (slopes * self.included[:, :, None]).astype(np.float32)


def fit_many(
    design: _Array,
    offsets: _Array,
    targets: _Array,
    included: _Array,
    precision: float,
    start: _Array,
    tolerance: float = TOLERANCE,
    focus: float = 0.0,
    memory: int = MEMORY,
) -> _Array:
    """Return (r, P, K) weights W_p that minimise, for each problem p,

        sum over rows i of included[i, p] * cross-entropy(targets[i], offsets[i, p] + design[i] W_p)
        + precision / 2 * |W_p|^2

    design: (m, r), fastest with orthogonal columns. offsets: (m, P, K). targets: (m, K) class
    shares, rows sum to 1. included: (m, P), 0 where a problem must not see a row. start: (r, P,
    K). A problem counts as solved when a round lowers its loss by less than `tolerance` of it.
    focus: exponent of the focal loss (Lin et al., ICCV 2017), which takes the place of
    cross-entropy where it is above 0. memory: steps that are remembered; to go by them costs as
    much as the products where rows are few.
    """
    # Curvature grows with the squared column; dividing by its root makes the problem round.
    curvature = 0.1 * np.square(design).sum(axis=0) + np.float32(precision)
    root = np.sqrt(curvature)[:, None, None]
    ridge = (np.float32(precision) / curvature)[:, None, None]
    problems = _Problems(design / root[:, 0, 0], offsets, targets, included, ridge, focus)
    weights = start * root
    result = weights.copy()
    open_ = np.arange(offsets.shape[1])
    steps: list[_Pair] = []
    losses, gradient = problems.value(weights)
    for _ in range(_MAX_ROUNDS):
        breathe()
        direction = _direction(gradient, steps)
        moved, new_losses, new_gradient = _search(problems, weights, direction, losses, gradient)
        steps = [*steps[1 - memory :], _pair(moved - weights, new_gradient - gradient)]
        done = losses - new_losses < tolerance * np.maximum(losses, 1e-3)
        weights, losses, gradient = moved, new_losses, new_gradient
        if done.any():
            result[:, open_[done]] = weights[:, done]
            left = ~done
            open_ = open_[left]
            if len(open_) == 0:
                return result / root
            problems.keep(left)
            weights, losses, gradient = weights[:, left], losses[left], gradient[:, left]
            steps = [(s[:, left], y[:, left], rho[left]) for s, y, rho in steps]
    result[:, open_] = weights
    return result / root


def _pair(change: _Array, bend: _Array) -> _Pair:
    """Return a step, the change of gradient along it, and one over their product (0: not used)."""
    curved = _dot(change, bend)
    return change, bend, np.where(curved > 0, 1.0 / np.maximum(curved, 1e-30), 0.0)


def _direction(gradient: _Array, memory: list[_Pair]) -> _Array:
    """Return minus the inverse curvature, as remembered, times the gradient."""
    q = -gradient
    alphas = []
    for change, bend, rho in reversed(memory):
        alpha = (rho * _dot(change, q)).astype(np.float32)
        q -= _times(bend, alpha)
        alphas.append(alpha)
    if memory:
        change, bend, rho = memory[-1]
        size = _dot(bend, bend)
        gamma = np.where(rho > 0, 1.0 / np.maximum(rho * size, 1e-30), 1.0)
        q = _times(q, gamma.astype(np.float32))
    for (change, bend, rho), alpha in zip(memory, reversed(alphas), strict=True):
        beta = (rho * _dot(bend, q)).astype(np.float32)
        q += _times(change, alpha - beta)
    return q


def _search(
    problems: _Problems,
    weights: _Array,
    direction: _Array,
    losses: NDArray[np.float64],
    gradient: _Array,
) -> tuple[_Array, NDArray[np.float64], _Array]:
    """Shorten each problem's step until its loss falls enough; one that cannot move stays."""
    slope = _dot(direction, gradient)
    step = np.ones(len(losses), dtype=np.float32)
    for _ in range(_TRIES):
        moved = weights + _times(direction, step)
        new_losses, new_gradient = problems.value(moved)
        # The last term forgives rounding: the losses are sums of numbers of single precision.
        bad = new_losses > losses + _DECREASE * step * slope + 1e-7 * losses
        if not bad.any():
            return moved, new_losses, new_gradient
        step[bad] *= 0.3
    step[bad] = 0.0
    moved = weights + _times(direction, step)
    return moved, *problems.value(moved)


def _times(weights: _Array, factors: _Array) -> _Array:
    """Return (r, P, K) weights, those of each problem times its factor (P,); they lie as before."""
    r, p, k = weights.shape
    if not weights.flags.c_contiguous:
        return weights * factors[None, :, None]
    # Rows of all problems at once: loops over a short last axis take twice as long.
    return (weights.reshape(r, p * k) * np.repeat(factors, k)).reshape(r, p, k)


def _dot(left: _Array, right: _Array) -> NDArray[np.float64]:
    """Return the (P,) inner products of two (r, P, K) arrays."""
    return np.einsum("rpk,rpk->p", left, right).astype(np.float64)
