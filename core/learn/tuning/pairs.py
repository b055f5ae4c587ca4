"""Pairs of images and texts: who belongs to whom, and a split that keeps apart what hangs together.

A text may belong to several images and an image to several texts. What shares one, directly or over
others, is a group; a group is never split, or a text learned by heart would pass for understood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TRAIN, VALIDATION = 0.7, 0.15
"""Shares of the groups that are learned from, and that choose how; the rest judges."""
LARGE = 0.05
"""Share of the pairs from which on a group is only learned from: alone it would decide a figure."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which image goes with which text.

    Attributes:
        images: (N, D) float32, unit rows; texts: (M, D) float32, unit rows, no two of one text.
        image, text: (P,) int64 rows of the two; a pair occurs once.
        group: (P,) int64, what must stay together.
    """

    images: np.ndarray
    texts: np.ndarray
    image: np.ndarray
    text: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        """P, how many pairs there are."""
        return len(self.image)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(np.unique(self.group))

    def some(self, rows: np.ndarray) -> Pairs:
        """The pairs of ``rows`` (n,), with no other images and texts than theirs."""
        images, image = np.unique(self.image[rows], return_inverse=True)
        texts, text = np.unique(self.text[rows], return_inverse=True)
        return Pairs(self.images[images], self.texts[texts], image, text, self.group[rows])

    def part(self, most: int, seed: int) -> Pairs:
        """At most ``most`` groups of them, drawn at random."""
        there = np.unique(self.group)
        if len(there) <= most:
            return self
        drawn = np.random.default_rng(seed).permutation(there)[:most]
        return self.some(np.flatnonzero(np.isin(self.group, drawn)))

    def few(self, most: int, seed: int) -> Pairs:
        """At most ``most`` of the pairs, drawn at random."""
        if len(self) <= most:
            return self
        return self.some(np.sort(np.random.default_rng(seed).permutation(len(self))[:most]))


def joined(first: Pairs, second: Pairs) -> Pairs:
    """The pairs of two parts with no group in common."""
    return Pairs(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.texts, second.texts]),
        np.concatenate([first.image, second.image + len(first.images)]),
        np.concatenate([first.text, second.text + len(first.texts)]),
        np.concatenate([first.group, second.group]),
    )


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of the pairs that are learned from, that choose, and that judge; (n,) int64 each."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def grouped(image: np.ndarray, text: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The group of each pair.

    Args:
        image, text: (P,) int64.
        near: (N,) int64, images with the same number are nearly the same picture.

    Returns:
        (P,) int64, numbered from 0.
    """
    from scipy.sparse import coo_matrix  # heavy: every command imports this module
    from scipy.sparse.csgraph import connected_components

    images, texts = len(near), int(text.max(initial=-1)) + 1
    _, alike = np.unique(near, return_inverse=True)
    first = np.concatenate([image, np.arange(images)])
    second = np.concatenate([images + text, images + texts + alike])
    nodes = images + texts + int(alike.max(initial=-1)) + 1
    links = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), (nodes, nodes))
    component = connected_components(links, directed=False)[1]
    return np.unique(component[image], return_inverse=True)[1].astype(np.int64)


def split(group: np.ndarray, seed: int) -> Split:
    """Divide pairs by their groups (P,): 70 % of these to learn from, 15 to choose, 15 to judge.

    Groups with a twentieth of the pairs or more are always learned from.
    """
    sizes = np.bincount(group)
    large = sizes >= max(LARGE * len(group), 2)
    rest = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(~large & (sizes > 0)))
    first = max(0, round(TRAIN * (len(rest) + large.sum())) - int(large.sum()))
    left = len(rest) - first
    second = first + round(left * VALIDATION / (1 - TRAIN))
    place = np.zeros(len(sizes), dtype=np.int64)
    place[rest[first:second]], place[rest[second:]] = 1, 2
    return Split(*(np.flatnonzero(place[group] == number) for number in range(3)))
