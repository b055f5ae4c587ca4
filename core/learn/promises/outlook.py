"""How many more random images would have to be labeled until a promise can be made."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.learn.promises.tails import allowed_each, check_level, tail
from core.learn.promises.thresholds import RISK

__all__ = ["labels_for_recall", "labels_needed"]

_SHARES = np.linspace(0.05, 1.0, 20)
_BELIEF = 20  # audit images that the model's own probabilities count as
_CHANCE = 0.8
_GROWTH = 1.1
_ROUND = 5


def labels_needed(
    confidence: NDArray[np.floating],
    audited: NDArray[np.floating],
    right: NDArray[np.bool_],
    level: float,
    risk: float = RISK,
    most: int | None = None,
) -> int | None:
    """Return about how many more audit labels let `precision_threshold` promise something.

    confidence: (N,) probability of the predicted class for the images to sort. audited, right: (m,)
    of the audit images, as for the threshold; m may be 0. The share right among the surest images
    is taken to be what those audit images say, with the probabilities counting as 20 more of them;
    the answer is where some share of the collection passes with a chance of four in five. It is
    rounded up to fives, and at most `most` (N when None).

    None: no share is good enough for that, however many labels come.

    Raises ValueError for a level or risk outside 0..1.
    """
    check_level(level, risk)
    m, most = len(right), len(confidence) if most is None else most
    if not len(confidence):
        return None
    errors = _errors(confidence, audited, right)
    total = max(m + 1, int(1 / (1 - level)))
    while total <= m + most:
        sizes = np.floor(_SHARES * total).astype(np.int64)
        passing = tail(allowed_each(sizes, level, risk), sizes, errors)
        if passing.max() >= _CHANCE:
            return min(-(-(total - m) // _ROUND) * _ROUND, most)
        total = max(total + 1, int(total * _GROWTH))
    return None


def labels_for_recall(
    of_class: int, share: float, level: float, risk: float = RISK, most: int | None = None
) -> int | None:
    """Return about how many more audit labels let `recall_threshold` promise something.

    of_class: audit images of the class; share: how large a part of the collection it is thought to
    be. A recall needs so many of the class that a sample of them without a miss shows it, which a
    threshold low enough always gives. Rounded up to fives.

    None: more than `most`, or the class is thought not to be there.

    Raises ValueError for a level or risk outside 0..1.
    """
    check_level(level, risk)
    missing = math.ceil(math.log(risk) / math.log(level)) - of_class
    if missing <= 0:
        return 0
    if share <= 0.0:
        return None
    needed = -(-math.ceil(missing / share) // _ROUND) * _ROUND
    return needed if most is None or needed <= most else None


def _errors(
    confidence: NDArray[np.floating], audited: NDArray[np.floating], right: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The share wrong (20,) expected among the surest images, for each of `_SHARES`."""
    falling = np.sort(confidence)[::-1]
    ends = np.maximum(np.round(_SHARES * len(falling)).astype(np.int64), 1)
    believed = np.cumsum(1.0 - falling)[ends - 1] / ends
    inside = audited[:, None] >= falling[ends - 1]
    wrong = (inside & ~right[:, None]).sum(axis=0)
    return np.clip((wrong + _BELIEF * believed) / (inside.sum(axis=0) + _BELIEF), 0.0, 1.0)
