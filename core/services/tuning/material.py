"""What a tuning learns from: pairs of a collection in three parts that share nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.encoders.base import Encoder
from core.encoders.many_texts import encode_many
from core.images.phash import HASH_BYTES
from core.learn.tuning.judging import DIRECTIONS, Gains
from core.learn.tuning.pairs import Pairs, Split, grouped, split
from core.project.pool import Pool
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search.duplicates import near_duplicate_groups
from core.services.tuning.outcome import Query, most_changed
from core.services.tuning.pairing import Described

LEAST_GROUPS = 20
"""Groups of pairs that each held-out part needs: with fewer an interval means little."""
SHOWN = 12
"""Queries that are kept of those that gained, and of those that lost."""


@dataclass(frozen=True, eq=False)
class Material:
    """What is learned from.

    Attributes:
        pairs: with vectors of the encoder that is tuned.
        texts: of the pairs; rows: the pool's row of each of their images.
        parts: to learn from, to choose by, to judge by.
    """

    pairs: Pairs
    texts: list[str]
    rows: np.ndarray
    parts: Split

    @property
    def three(self) -> tuple[Pairs, Pairs, Pairs]:
        """The pairs of the three parts."""
        some, parts = self.pairs.some, self.parts
        return some(parts.train), some(parts.validation), some(parts.test)

    def seen(self, pool: Pool) -> list[str]:
        """The ids of the images that are learned from or chosen by."""
        pairs = np.concatenate([self.parts.train, self.parts.validation])
        rows = self.rows[np.unique(self.pairs.image[pairs])]
        return [pool.ids[row] for row in rows.tolist()]


def gather(
    pool: Pool, encoder: Encoder, described: Described, seed: int, report: Report
) -> Material:
    """Put pairs together, with what hangs together in one part.

    Raises:
        WinnowError: there are too few to hold some out.
        Cancelled: asked to stop.
    """
    rows, image = np.unique([row for row, _ in described.rows], return_inverse=True)
    texts = list(dict.fromkeys(text for _, text in described.rows))
    number = {text: place for place, text in enumerate(texts)}
    text = np.array([number[text] for _, text in described.rows], dtype=np.int64)
    group = grouped(image, text, _near(pool, rows))
    parts = split(group, seed)
    for part in (parts.validation, parts.test):
        if len(np.unique(group[part])) < LEAST_GROUPS:
            raise WinnowError(
                f"The {len(image):,} pairs fall into {len(np.unique(group)):,} groups that share "
                f"words or pictures, and {LEAST_GROUPS} must be held out twice: it takes about "
                f"{round(LEAST_GROUPS / 0.15)} groups, so bring more pairs or more telling words."
            )
    vectors = encode_many(encoder, texts, report, "Embedding the words")
    return Material(Pairs(pool.some(rows), vectors, image, text, group), texts, rows, parts)


def queries(pool: Pool, material: Material, gains: Gains | None) -> list[Query]:
    """The queries of the test part that changed most, with a right answer each."""
    if gains is None:
        return []
    rows = material.parts.test
    image, text = material.pairs.image[rows], material.pairs.text[rows]
    result = []
    for name in DIRECTIONS:
        own = text if name == DIRECTIONS[0] else image
        there = np.unique(own)
        for query in most_changed(gains[name].gain, SHOWN).tolist():
            pair = int(np.flatnonzero(own == there[query])[0])
            image_id = pool.ids[int(material.rows[image[pair]])]
            gain = float(gains[name].gain[query])
            result.append(Query(name, material.texts[text[pair]], image_id, gain))
    return result


def _near(pool: Pool, rows: np.ndarray) -> np.ndarray:
    """(n,) int64, the same number for images of the pool that are nearly the same picture."""
    hashes = [pool.files[row][0].phash for row in rows.tolist()]
    hashed = np.array([value is not None for value in hashes], dtype=bool)
    joined = b"".join(value for value in hashes if value is not None)
    phash = np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)
    groups = np.arange(len(rows), dtype=np.int64) + len(rows)
    groups[hashed] = near_duplicate_groups(phash, pool.some(rows[hashed]))
    return groups
