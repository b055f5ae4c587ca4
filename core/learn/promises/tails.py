"""Exact tails: how many wrong ones a sample may hold that still carries a promise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik

__all__ = ["allowed", "allowed_each", "check_level", "passing", "steps", "tail"]


def check_level(level: float, risk: float) -> None:
    """Raise ValueError unless both lie strictly between 0 and 1."""
    if not 0.0 < level < 1.0 or not 0.0 < risk < 1.0:
        raise ValueError(f"level and risk must lie strictly between 0 and 1: {level}, {risk}")


def allowed(n: int, level: float, risk: float) -> int:
    """Return the most wrong ones among `n` random images that still show a share right of `level`.

    With that many or fewer, a share below `level` would have a chance of at most `risk` (the exact
    binomial tail). -1: not even a sample without a wrong one is enough; at .95 and a risk of .05
    that is so below 59 images.
    """
    return int(allowed_each(np.array([n]), level, risk)[0])


def allowed_each(sizes: NDArray[np.integer], level: float, risk: float) -> NDArray[np.int64]:
    """Return `allowed` of each of the sizes (k,)."""
    check_level(level, risk)
    wrong = 1.0 - level
    # No count at all (nan) where even a clean sample is likelier than the risk. Rounded by half an
    # ulp the inverse may lie on either side of a whole number, so its neighbours are looked at.
    most = np.floor(np.nan_to_num(bdtrik(risk, sizes, wrong), nan=-1.0)).astype(np.int64) + 1
    for _ in range(2):
        most = np.where(tail(most, sizes, wrong) <= risk, most, most - 1)
    return most


def tail(
    counts: NDArray[np.integer],
    sizes: NDArray[np.integer],
    wrong: float | NDArray[np.floating],
) -> NDArray[np.float64]:
    """Return the chance (k,) of at most so many wrong ones in samples of the sizes (k,).

    wrong: share of wrong ones in all, or in each (k,). Below 0 wrong ones it is 0.
    """
    # scipy.stats has the same by another name, and takes half a second to import.
    return np.where(counts < 0, 0.0, bdtr(np.maximum(counts, 0), sizes, wrong))


def steps(most: int, level: float, risk: float) -> NDArray[np.int64]:
    """Return the sample sizes up to `most` at which one more wrong one is allowed, rising.

    The first needs a clean sample. The last is `most` itself, where everything is sorted.
    """
    each = allowed_each(np.arange(most + 1), level, risk)
    sizes = np.flatnonzero(np.diff(each, prepend=-1) > 0)
    if len(sizes) and sizes[-1] < most:
        sizes = np.append(sizes, most)
    return sizes.astype(np.int64)


def passing(
    errors: NDArray[np.floating], sizes: NDArray[np.integer], level: float, risk: float
) -> NDArray[np.float64]:
    """Return the chance (k,) that the first `sizes` of images hold few enough wrong ones.

    errors: (m,) chance of each image to be wrong, independent; sizes: (k,) rising, up to m.
    """
    if not len(sizes):
        return np.empty(0)
    most = allowed_each(sizes, level, risk)
    counts = np.zeros(int(most.max()) + 1)  # chance of so many wrong ones; more are not followed
    counts[0] = 1.0
    chances, place = [], 0
    for index, error in enumerate(errors[: sizes[-1]].tolist(), start=1):
        counts[1:] = counts[1:] * (1.0 - error) + counts[:-1] * error
        counts[0] *= 1.0 - error
        if index == sizes[place]:
            chances.append(counts[: most[place] + 1].sum())
            place += 1
    return np.array(chances)
