"""What a class would take: its surest images, those on its border, those that barely miss it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 40


@dataclass(frozen=True)
class ClassPreview:
    """Rows of the pool for one class.

    Attributes:
        count: images the class takes.
        top: surest first.
        border: nearest to the border first, from either side of it.
        bottom: taken images that are surest not to stay: the least probable of those taken.
        histogram: (BINS,) images by lead over the best other class, from -1 to 1; the class takes
            those in the upper half.
    """

    count: int
    top: np.ndarray
    border: np.ndarray
    bottom: np.ndarray
    histogram: np.ndarray


def preview(
    probabilities: np.ndarray, size: int, only: Sequence[int] | None = None
) -> list[ClassPreview]:
    """For each class the images that show what it takes.

    Args:
        probabilities: (N, K), rows sum to one.
        size: images a strip.
        only: classes to look at, by default all.

    Returns:
        One preview a class. ``top`` holds the highest probabilities, near misses included where the
        class takes fewer; ``border`` the smallest lead over or under the best other class, never an
        image that is in ``top``; ``bottom`` the lowest probabilities among the images that the
        class takes, without those of the two others.
    """
    count, classes = probabilities.shape
    taken = probabilities.argmax(axis=1) if count else np.zeros(0, dtype=int)
    best, second = _two_best(probabilities)
    result = []
    for k in range(classes) if only is None else only:
        mine = probabilities[:, k]
        # The best other class is the second where this one leads.
        lead = mine - np.where(taken == k, second, best)
        top = _smallest(-mine, size)
        # An image that is clearly something else has p = 0 for k and sits far from this border.
        near = _smallest(np.abs(lead), 2 * size)
        border = near[~np.isin(near, top)][:size]
        own = np.flatnonzero(taken == k)
        low = own[_smallest(mine[own], 3 * size)]
        bottom = low[~np.isin(low, np.concatenate([top, border]))][:size]
        bins = np.clip(((lead + 1) * (BINS / 2)).astype(int), 0, BINS - 1)
        # What is taken stands right of the middle, ties included.
        bins = np.where(taken == k, np.maximum(bins, BINS // 2), np.minimum(bins, BINS // 2 - 1))
        histogram = np.bincount(bins, minlength=BINS)
        result.append(ClassPreview(len(own), top, border, bottom, histogram))
    return result


def _two_best(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest and the second highest of each row; 0 where there is no second."""
    if probabilities.shape[1] == 1:
        return probabilities[:, 0], np.zeros(len(probabilities), probabilities.dtype)
    ordered = np.partition(probabilities, -2, axis=1)
    return ordered[:, -1], ordered[:, -2]


def _smallest(values: np.ndarray, count: int) -> np.ndarray:
    """Positions of the ``count`` smallest values, in order; ties by position."""
    if len(values) <= count:
        return np.argsort(values, kind="stable")
    edge = np.partition(values, count - 1)[count - 1]
    inside = np.flatnonzero(values <= edge)
    return inside[np.argsort(values[inside], kind="stable")][:count]
