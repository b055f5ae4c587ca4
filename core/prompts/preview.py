"""What a class would take: its surest images, those on its border, those that barely miss it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_CELLS = 200_000  # images times classes that are looked at at once: they fit into the cache
_FEW = 16  # classes
BINS = 40


@dataclass(frozen=True, eq=False)
class Lead:
    """Who takes each image, of N images and K classes.

    Attributes:
        taken: (N,) the most probable class; the first of several.
        best, second: (N,) the highest probability and that of the best other class; 0 where there
            is no other.
        surest: (K,) row of the image that each class is surest of; -1 without images.
    """

    taken: np.ndarray
    best: np.ndarray
    second: np.ndarray
    surest: np.ndarray


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


def preview(k: int, mine: np.ndarray, lead: Lead, size: int) -> ClassPreview:
    """The images that show what a class takes.

    Args:
        k: the class.
        mine: (N,) its probabilities.
        lead: of the probabilities of all classes.
        size: images a strip.

    Returns:
        ``top`` holds the highest probabilities, near misses included where the class takes fewer;
        ``border`` the smallest lead over or under the best other class, never an image that is in
        ``top``; ``bottom`` the lowest probabilities among the images that the class takes, without
        those of the two others.
    """
    takes = lead.taken == k
    # The best other class is the second where this one leads.
    ahead = mine - np.where(takes, lead.second, lead.best)
    top = _smallest(-mine, size)
    # An image that is clearly something else has p = 0 for k and sits far from this border.
    near = _smallest(np.abs(ahead), 2 * size)
    border = near[~np.isin(near, top)][:size]
    own = np.flatnonzero(takes)
    low = own[_smallest(mine[own], 3 * size)]
    bottom = low[~np.isin(low, np.concatenate([top, border]))][:size]
    bins = np.clip(((ahead + 1) * (BINS / 2)).astype(int), 0, BINS - 1)
    # What is taken stands right of the middle, ties included.
    bins = np.where(takes, np.maximum(bins, BINS // 2), np.minimum(bins, BINS // 2 - 1))
    histogram = np.bincount(bins, minlength=BINS)
    return ClassPreview(len(own), top, border, bottom, histogram)


def lead_of(count: int, classes: int, chances: Callable[[slice], np.ndarray]) -> Lead:
    """Who takes each image, and the surest image of each class, in one pass.

    Probabilities are looked at some images at a time, because a matrix of them takes longer to lay
    out than to work out.

    Args:
        count, classes: N and K.
        chances: makes the (n, K) float32 probabilities of some rows, which may be changed then.
    """
    lead = Lead(
        np.zeros(count, dtype=np.intp),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        np.full(classes, -1, dtype=np.intp),
    )
    highest = np.full(classes, -1, np.float32)
    step = max(1, _CELLS // max(1, classes))
    for begin in range(0, count, step):
        _note(lead, highest, begin, chances(slice(begin, begin + step)))
    return lead


def column(scores: np.ndarray, temperature: float, k: int, lead: Lead) -> np.ndarray:
    """(N,) float32 probability of one class, from that of the class that takes each image.

    Args:
        scores, temperature: (N, K), whose softmax ``lead`` was found of.
    """
    rows = np.arange(len(scores))
    below = (scores[:, k].astype(np.float64) - scores[rows, lead.taken]) / temperature
    return (lead.best * np.exp(below)).astype(np.float32)


def _note(lead: Lead, highest: np.ndarray, begin: int, part: np.ndarray) -> None:
    """Write what some images say into ``lead``.

    Args:
        highest: (K,) probability of the surest image of each class so far.
        begin: row of the first of them; part: (n, K) their probabilities, which are changed.
    """
    rows, taken = np.arange(len(part)), part.argmax(axis=1)
    own = slice(begin, begin + len(part))
    lead.taken[own], lead.best[own] = taken, part[rows, taken]
    most = part.max(axis=0)
    risen = np.flatnonzero(most > highest)
    lead.surest[risen] = begin + part[:, risen].argmax(axis=0)
    highest[risen] = most[risen]
    if part.shape[1] > 1:
        part[rows, taken] = -np.inf
        if part.shape[1] > _FEW:
            lead.second[own] = part.max(axis=1)
            return
        second = lead.second[own]  # along a short axis NumPy takes several times as long
        second[:] = part[:, 0]
        for k in range(1, part.shape[1]):
            np.maximum(second, part[:, k], out=second)


def _smallest(values: np.ndarray, count: int) -> np.ndarray:
    """Positions of the ``count`` smallest values, in order; ties by position."""
    if len(values) <= count:
        return np.argsort(values, kind="stable")
    edge = np.partition(values, count - 1)[count - 1]
    inside = np.flatnonzero(values <= edge)
    return inside[np.argsort(values[inside], kind="stable")][:count]
