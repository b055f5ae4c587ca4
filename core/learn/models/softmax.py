"""Logits to probabilities, without overflow and without losing the winner to rounding."""

import numpy as np
from numpy.typing import NDArray

from core.runtime.pausing import breathe
from core.runtime.threads import each

__all__ = ["highest", "log_softmax", "softmax"]

_FEW = 16  # classes
_CHUNK_ROWS = 16_384
_CHUNK_CELLS = 200_000  # what is worked on at once fits into the cache of a core
_LARGE = 4_000_000  # cells from which several processors share the rows


def highest(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the maxima (...) over the last axis of `logits` (..., K).

    Class by class where there are few: NumPy takes ten times as long along a short axis.
    """
    count = logits.shape[-1]
    if count > _FEW:
        return np.asarray(logits.max(axis=-1))
    result = logits[..., 0].copy()
    for place in range(1, count):
        np.maximum(result, logits[..., place], out=result)
    return result


def log_softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return `logits` (N, K) minus each row's log-sum-exp, in the dtype given."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return class probabilities (N, K) float32 whose argmax is exactly that of `logits`.

    Rounding to float32 can turn two almost equal logits into two equal probabilities, and argmax
    would then pick the first of them. Such a winner is raised by one unit in the last place, so
    that a prediction read from probabilities is the prediction read from logits.
    """
    probabilities = np.empty(logits.shape, dtype=np.float32)
    rows = max(1, min(_CHUNK_ROWS, _CHUNK_CELLS // max(1, logits.shape[1])))

    def work_out(start: int) -> None:
        breathe()
        part = logits[start : start + rows].astype(np.float64)
        winner = part.argmax(axis=1)
        part -= highest(part)[:, None]
        np.exp(part, out=part)
        part /= part.sum(axis=1, keepdims=True)
        rounded = probabilities[start : start + rows]
        rounded[:] = part
        tied = np.flatnonzero(rounded.argmax(axis=1) != winner)
        top = rounded[tied, winner[tied]]
        rounded[tied, winner[tied]] = np.nextafter(top, np.float32(2))

    starts = range(0, len(logits), rows)
    if logits.size >= _LARGE:
        each(work_out, starts)
    else:  # threads, and the look for libraries to limit, would cost more than they bring
        for start in starts:
            work_out(start)
    return probabilities
