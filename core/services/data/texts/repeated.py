"""Texts that several images share, word for word or nearly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from core.project.snapshot import Snapshot
from core.search.words.near import NEAR, near_texts
from core.services.data.texts.columns import ALL, texts_in, texts_key


@dataclass(frozen=True)
class RepeatedText:
    """Images that say nearly the same.

    Attributes:
        texts: the different spellings with how many images have each, the most frequent first.
        rows: of the pool, rising; at least two.
    """

    texts: tuple[tuple[str, int], ...]
    rows: tuple[int, ...]

    @property
    def same(self) -> bool:
        """Whether all say it in the very same letters."""
        return len(self.texts) == 1


def repeated_texts(snapshot: Snapshot, column: str = ALL, near: bool = True) -> list[RepeatedText]:
    """Groups of images whose texts in a column are nearly the same, the largest first.

    Args:
        column: see `core.services.data.texts.columns.texts_in`.
        near: else only texts count that are equal but for capitals, signs and spaces.

    Raises:
        WinnowError: as `texts_in`.
    """
    key = (texts_key(snapshot, column), near)
    return snapshot.share("repeated-texts", key, lambda: _repeated(snapshot, column, near), keep=4)


def _repeated(snapshot: Snapshot, column: str, near: bool) -> list[RepeatedText]:
    texts = texts_in(snapshot, column)
    place = {text: number for number, text in enumerate(dict.fromkeys(filter(str.strip, texts)))}
    if not place:
        return []
    group_of = near_texts(list(place), NEAR if near else 1.0)
    rows = np.array([row for row, text in enumerate(texts) if text in place], dtype=np.int64)
    groups = group_of[[place[texts[row]] for row in rows.tolist()]]
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups))[:-1]
    shared = [_group(texts, own) for own in np.split(rows[order], ends) if len(own) > 1]
    return sorted(shared, key=lambda group: -len(group.rows))


def _group(texts: list[str], rows: np.ndarray) -> RepeatedText:
    own = rows.tolist()
    return RepeatedText(tuple(Counter(texts[row] for row in own).most_common()), tuple(own))
