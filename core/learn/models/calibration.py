"""Temperatures: how sharp a scorer's numbers are as probabilities."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from core.learn.models.softmax import highest, log_softmax, softmax
from core.runtime.pausing import breathe

__all__ = ["fit_temperature", "pool_temperature", "with_temperature"]

_SOME, _NEAR = 4_096, 0.05  # rows, and how far in log T the root of all lies from theirs
_MANY, _MANY_ROWS = 200, 8_192  # with more classes than this, so many rows stand for all
_MOST_ROWS = 100_000  # twice as many are all looked at
_TINY = 1e-30  # what a probability of zero counts as in logs
# Of log T, for up to so many images; it grows with the root of their number up to the last. With a
# wide prior ten images made confidence worse more often than better (benchmarks/README.md).
_PRIOR_SD, _PRIOR_IMAGES, _MOST_PRIOR_SD = 0.2, 30, 0.5


def pool_temperature(scores: NDArray[np.floating], target: float = 0.6) -> float:
    """Return T > 0 such that the mean top probability of `softmax(scores / T)` is about `target`.

    scores: (N, K) zero-shot scores of the whole pool, any scale. CLIP-family cosine scores come
    with a temperature of their own (about 0.01); this is for scorers that have none.

    The mean top probability falls steadily from its limit at T = 0 (1, less where scores tie) to
    1/K as T grows, so T is found by Brent's method on log T. Where `target` cannot be reached, T is
    the nearest end of the search: a thousandth or a thousand times the mean gap between a row's
    best score and its other scores. With one class, or when every row's scores are equal, T has no
    effect and 1.0 is returned. Multiplying the scores by a constant multiplies T by it. With more
    than 200 classes some 8,192 rows, evenly spaced, stand for all; of more than 200,000 rows some
    100,000 do.

    Raises ValueError if `scores` is not (N, K) with N, K >= 1, holds a value that is not finite,
    or if `target` is not strictly between 0 and 1.
    """
    if scores.ndim != 2 or scores.size == 0:
        raise ValueError(f"scores must be (N, K) and not empty, got {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores hold a value that is not finite")
    if not 0.0 < target < 1.0:
        raise ValueError(f"target must lie strictly between 0 and 1, got {target}")
    classes = scores.shape[1]
    if classes > _MANY:
        scores = scores[:: max(1, len(scores) // _MANY_ROWS)]
    elif len(scores) > 2 * _MOST_ROWS:
        scores = scores[:: len(scores) // _MOST_ROWS]
    gaps = scores - highest(scores)[:, None]
    typical = -float(gaps.mean(dtype=np.float64)) * classes / max(classes - 1, 1)
    if typical == 0.0:
        return 1.0
    gaps = (gaps / typical).astype(np.float32)
    ones = np.ones(classes, dtype=np.float32)

    def excess(log_t: float, rows: NDArray[np.float32] = gaps) -> float:
        breathe()
        # A product with ones: a sum over a short last axis is several times slower.
        sums = np.exp(rows * np.float32(np.exp(-log_t))) @ ones
        return float((1.0 / sums).mean(dtype=np.float64)) - target

    low, high = np.log(1e-3), np.log(1e3)
    if len(gaps) > 2 * _SOME:  # some of the rows say about where it is, in no time
        some = np.ascontiguousarray(gaps[:: len(gaps) // _SOME])
        near = _root(lambda log_t: excess(log_t, some), low, high)
        if low < near < high and excess(near - _NEAR) > 0 > excess(near + _NEAR):
            low, high = near - _NEAR, near + _NEAR
    return typical * float(np.exp(_root(excess, low, high)))


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero between two ends, else the end that is nearest to that."""
    if excess(low) <= 0:
        return low
    if excess(high) >= 0:
        return high
    return float(brentq(excess, low, high, xtol=1e-6))


def fit_temperature(
    probabilities: NDArray[np.floating],
    classes: NDArray[np.integer],
    prior_sd: float | None = None,
    prior_mean: float = 0.0,
) -> float:
    """Return the T > 0 that makes `with_temperature(probabilities, T)` likeliest to be right.

    probabilities: (m, K) for images whose labels, classes (m,), the model did not see. log T has a
    normal prior around ``prior_mean``, so that few images move it little; none leave T = 1.
    prior_sd: its standard deviation; by default 0.2 up to 30 images, rising to 0.5 at 190.
    """
    if len(classes) == 0 or probabilities.shape[1] == 1:
        return 1.0
    if prior_sd is None:
        prior_sd = min(_MOST_PRIOR_SD, _PRIOR_SD * max(1.0, len(classes) / _PRIOR_IMAGES) ** 0.5)
    logs = np.log(np.maximum(probabilities.astype(np.float64), _TINY))
    own = np.arange(len(classes)), classes

    def loss(log_t: float) -> float:
        likelihood = float(log_softmax(logs / np.exp(log_t))[own].sum())
        return 0.5 * ((log_t - prior_mean) / prior_sd) ** 2 - likelihood

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 3.0), method="bounded").x))


def with_temperature(
    probabilities: NDArray[np.floating], temperature: float
) -> NDArray[np.float32]:
    """Return softmax(log p / T) of (N, K) probabilities; every row's winner stays the same."""
    if temperature == 1.0:
        return probabilities.astype(np.float32)
    return softmax(np.log(np.maximum(probabilities, _TINY)) / np.float32(temperature))
