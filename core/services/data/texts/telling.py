"""The words that tell groups of images apart: of classes, of clusters."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np

from core.project.snapshot import Snapshot
from core.search.words.telling import TellingWord, WordCounts, count_words, telling
from core.services.data.texts.columns import ALL, texts_in, texts_key, word_columns
from core.services.predict.words import spoken

MOST = 6
"""Words of a group that are shown."""


def telling_words(
    snapshot: Snapshot, groups: np.ndarray, number: int, most: int = MOST
) -> list[list[TellingWord]]:
    """The most telling words of each group, best first; none where no image says anything.

    They are those of the columns that count in predictions, where some do, else of all columns of
    words and of captions.

    Args:
        groups: (N,) the group of each image, 0 to ``number`` - 1; -1 for none.

    Raises:
        WinnowError: the files of columns or captions are damaged, or a column that counts is gone.
    """
    if not snapshot.words and not word_columns(snapshot):
        return [[] for _ in range(number)]
    return telling(_counts(snapshot), groups, number, most)


def _counts(snapshot: Snapshot) -> WordCounts:
    key = (texts_key(snapshot, ALL), snapshot.words)

    def count() -> WordCounts:
        return count_words(spoken(snapshot) if snapshot.words else texts_in(snapshot))

    return snapshot.share("word-counts", key, count, keep=2)


def class_words(
    snapshot: Snapshot, taken: Callable[[], np.ndarray], number: int, basis: Hashable
) -> list[tuple[str, ...]]:
    """The most telling words of the images of each class, best first.

    Args:
        taken: finds the class (N,) of each image, of ``number`` classes.
        basis: what that follows from.

    Raises:
        WinnowError: as `telling_words`.
    """

    def find() -> list[tuple[str, ...]]:
        of_each = telling_words(snapshot, taken(), number)
        return [tuple(each.word for each in own) for own in of_each]

    key = (basis, texts_key(snapshot, ALL), snapshot.words)
    return snapshot.remember("class-words", key, find, keep=2)
