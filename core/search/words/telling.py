"""The words that tell groups of texts apart: class-based TF-IDF (Grootendorst 2022, BERTopic)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from core.search.words.tokens import telling_words

MOST_WORDS = 50_000
"""Different words that are counted; the most frequent ones."""
_LEAST = 2  # texts of a group that a word must be in


@dataclass(frozen=True, eq=False)
class WordCounts:
    """Which words texts have.

    Attributes:
        has: (N, V) float32 CSR, 1 where a text has a word. Each word counts once a text, so that
            one long text does not speak for its group.
        words: (V,) the words.
        present: (N,) bool, which texts have any word.
    """

    has: sparse.csr_matrix
    words: tuple[str, ...]
    present: np.ndarray


@dataclass(frozen=True)
class TellingWord:
    """A word of a group.

    Attributes:
        weight: its class-based TF-IDF, 0 or more.
        share, elsewhere: of the texts with words in the group, and outside it, that have it, 0..1.
    """

    word: str
    weight: float
    share: float
    elsewhere: float


def count_words(texts: Sequence[str]) -> WordCounts:
    """The words of texts (N,), each with its place; see `core.search.words.tokens`."""
    places: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns.extend(places.setdefault(word, len(places)) for word in sorted(telling_words(text)))
        ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    has = sparse.csr_matrix((ones, columns, ends), shape=(len(texts), len(places)))
    names = np.array(list(places), dtype=object)
    if len(places) > MOST_WORDS:
        common = np.sort(np.argsort(-np.asarray(has.sum(axis=0))[0], kind="stable")[:MOST_WORDS])
        has, names = has[:, common], names[common]
    return WordCounts(has, tuple(names), np.diff(ends) > 0)


def telling(
    counts: WordCounts, groups: np.ndarray, number: int, most: int = 8
) -> list[list[TellingWord]]:
    """The words that say most of what each group is about, the most telling first.

    The weight of a word is its frequency in the group times log(1 + A / its frequency in all
    groups), with A the mean number of words of a group.

    Args:
        groups: (N,) the group of each text, 0 to ``number`` - 1; -1 for none.
        most: words of a group.
    """
    inside = np.flatnonzero((groups >= 0) & counts.present)
    member = sparse.csr_matrix(
        (np.ones(len(inside), np.float32), (groups[inside], inside)), shape=(number, len(groups))
    )
    table = np.asarray((member @ counts.has).todense(), dtype=np.float64)
    if not table.size:
        return [[] for _ in range(number)]
    sizes = np.bincount(groups[inside], minlength=number)
    total = table.sum(axis=0)
    spoken = table.sum(axis=1, keepdims=True)
    rarity = np.log1p(spoken.mean() / np.maximum(total, 1))
    weights = np.where(table >= _LEAST, table / np.maximum(spoken, 1) * rarity, 0.0)
    return [
        [
            TellingWord(
                counts.words[column],
                float(weights[group, column]),
                float(table[group, column] / sizes[group]),
                float((total[column] - table[group, column]) / max(1, len(inside) - sizes[group])),
            )
            for column in np.argsort(-weights[group], kind="stable")[:most]
            if weights[group, column] > 0
        ]
        for group in range(number)
    ]
