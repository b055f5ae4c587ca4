"""The threshold on probability above which a share right can be promised.

Learn then test (Angelopoulos et al., arXiv 2110.01052): each threshold is a hypothesis, "above it
less than the level is right", with an exact binomial tail on audit images as its p-value. They are
tested one after the other, in an order that no label had a part in, until one cannot be rejected
(fixed-sequence testing); the last one rejected holds with the confidence asked for. So no image is
spent on choosing the threshold alone, as with a split half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.promises.tails import allowed, allowed_each, check_level, passing, steps

__all__ = [
    "RISK", "Threshold", "carried", "precision_threshold", "recall_carried", "recall_threshold",
]  # fmt: skip

RISK = 0.05
"""How often a promise may fail."""


@dataclass(frozen=True)
class Threshold:
    """What the audit images carry.

    Attributes:
        value: images at least this probable are inside; None: nothing can be promised.
        images, wrong: audit images inside, and how many of them are wrong (for a recall: of the
            class, and how many of them are not inside). Of all, where nothing can be promised.
    """

    value: float | None
    images: int
    wrong: int


def precision_threshold(
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    level: float,
    risk: float = RISK,
) -> Threshold:
    """Return the lowest threshold above which at least `level` is right, but for a chance `risk`.

    confidence: (m,) calibrated probability of the predicted class of audit images, by models that
    did not see their labels; right: (m,) whether the prediction is what people said.

    The tests begin at the number of images that is likeliest to pass by these probabilities, and go
    on to larger ones, each where one more wrong image is allowed. The threshold lies at the next
    image below, so that those above are a sample of their own size. That is exact where the share
    right falls with the threshold, as it does with probabilities that mean what they say.

    Raises ValueError for shapes that do not match, or a level or risk outside 0..1.
    """
    check_level(level, risk)
    if confidence.shape != right.shape or confidence.ndim != 1:
        raise ValueError(f"shapes differ: {confidence.shape} and {right.shape}")
    m, wrong = len(right), int((~right).sum())
    order = np.argsort(-confidence, kind="stable")
    falling, mistakes = confidence[order], np.cumsum(~right[order])
    # Equal probabilities are inside together, so only where the next one is smaller is a threshold.
    sizes = steps(m, level, risk)
    sizes = sizes[[n == m or falling[n] < falling[n - 1] for n in sizes.tolist()]]
    if not len(sizes):
        return Threshold(None, m, wrong)
    chances = passing(1.0 - falling, sizes, level, risk)
    last = 0
    for n in sizes[int(chances.argmax()) :].tolist():
        if mistakes[n - 1] > allowed(n, level, risk):
            break
        last = n
    if not last:
        return Threshold(None, m, wrong)
    value = 0.0 if last == m else float(np.nextafter(falling[last], np.inf))
    return Threshold(value, last, int(mistakes[last - 1]))


def recall_threshold(
    probability: NDArray[np.floating], level: float, risk: float = RISK
) -> Threshold:
    """Return the highest threshold that at least `level` of a class reaches, but for `risk`.

    probability: (n,) of the class, for audit images that are truly of it, by models that did not
    see them. Thresholds are tested from 0 upwards, so the first that lets too many through ends it.
    """
    check_level(level, risk)
    n = len(probability)
    misses = int(allowed_each(np.array([n]), level, risk)[0])
    if misses < 0:
        return Threshold(None, n, 0)
    value = float(np.sort(probability)[misses])
    return Threshold(value, n, int((probability < value).sum()))


def carried(threshold: Threshold, audited: int, confidence: NDArray[np.floating]) -> float | None:
    """Return the threshold for the images to sort: no larger share of them may be inside.

    A model that saw all labels is a little surer than those that judged the audit images, so the
    same threshold would let more images in than were tested. audited: audit images in all, of
    which `threshold` tells how many are inside. confidence: (N,) of the images to sort. None: no
    image can be sorted.
    """
    if threshold.value is None:
        return None
    if threshold.images >= audited or not len(confidence):
        return threshold.value
    falling = np.sort(confidence.astype(np.float64))[::-1]
    first_out = int(len(falling) * threshold.images / audited)
    return max(threshold.value, float(np.nextafter(falling[first_out], np.inf)))


def recall_carried(
    threshold: Threshold, audited: NDArray[np.floating], waiting: NDArray[np.floating], total: int
) -> float | None:
    """Return the threshold of a recall for the images to sort: no smaller share may reach it.

    As `carried`, the other way round. audited: (m,) probability of the class for all audit images,
    -1 for those that are given the class anyway. waiting: (n,) the same for those of the `total`
    images to sort that are given another one.
    """
    if threshold.value is None or not len(audited):
        return threshold.value
    inside = int((audited >= threshold.value).sum())
    rank = -(-total * inside // len(audited))
    if not rank:
        return threshold.value
    falling = np.sort(waiting.astype(np.float64))[::-1]
    return min(threshold.value, float(falling[rank - 1])) if rank <= len(falling) else 0.0
