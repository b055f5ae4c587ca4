"""Temperatures: how sharp a scorer's numbers are as probabilities."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["pool_temperature"]


def pool_temperature(scores: NDArray[np.floating], target: float = 0.6) -> float:
    """Return T > 0 such that the mean top probability of `softmax(scores / T)` is about `target`.

    scores: (N, K) zero-shot scores of the whole pool, any scale. CLIP-family cosine scores come
    with a temperature of their own (about 0.01); this is for scorers that have none.

    The mean top probability falls steadily from its limit at T = 0 (1, less where scores tie) to
    1/K as T grows, so T is found by bisection of log T. Where `target` cannot be reached, T is the
    nearest end of the search: a thousandth or a thousand times the mean gap between a row's best
    score and its other scores. With one class, or when every row's scores are equal, T has no
    effect and 1.0 is returned. Multiplying the scores by a constant multiplies T by it.

    Raises ValueError if `scores` is not (N, K) with N, K >= 1, holds a value that is not finite,
    or if `target` is not strictly between 0 and 1.
    """
    if scores.ndim != 2 or scores.size == 0:
        raise ValueError(f"scores must be (N, K) and not empty, got {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores hold a value that is not finite")
    if not 0.0 < target < 1.0:
        raise ValueError(f"target must lie strictly between 0 and 1, got {target}")
    gaps = scores - scores.max(axis=1, keepdims=True)
    classes = scores.shape[1]
    typical = -float(gaps.mean(dtype=np.float64)) * classes / max(classes - 1, 1)
    if typical == 0.0:
        return 1.0
    gaps = (gaps / typical).astype(np.float32)
    low, high = np.log(1e-3), np.log(1e3)
    for _ in range(24):  # 13.8 / 2^24: log T to below 1e-6
        middle = 0.5 * (low + high)
        top = float((1.0 / np.exp(gaps / np.float32(np.exp(middle))).sum(axis=1)).mean())
        low, high = (middle, high) if top > target else (low, middle)
    return typical * float(np.exp(0.5 * (low + high)))
