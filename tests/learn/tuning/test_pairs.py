"""Pairs are split by what hangs together, and each part keeps only its own images and texts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.learn.tuning.pairs import Pairs, grouped, split

links = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=80)


@given(links, st.integers(0, 5))
def test_what_shares_an_image_or_a_text_is_one_group_in_one_part(pairs, seed: int) -> None:
    image, text = np.array(sorted(set(pairs))).T
    group = grouped(image, text, np.arange(31))
    for own in (image, text):
        for value in np.unique(own):
            assert len(np.unique(group[own == value])) == 1
    parts = split(group, seed)
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(rows) == list(range(len(image)))
    owners = [set(group[part].tolist()) for part in (parts.train, parts.validation, parts.test)]
    assert not owners[0] & owners[1] and not owners[0] & owners[2] and not owners[1] & owners[2]


def test_near_duplicates_tie_their_texts_together() -> None:
    rows = np.arange(4)
    assert grouped(rows, rows, rows).tolist() == [0, 1, 2, 3]
    assert len(np.unique(grouped(rows, rows, np.array([7, 7, 8, 9])))) == 3


def test_the_shares_are_those_promised_and_a_large_group_is_only_learned_from() -> None:
    parts = split(np.arange(1000), 0)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (700, 150, 150)
    group = np.concatenate([np.zeros(300, dtype=np.int64), np.arange(1, 701)])
    for seed in range(5):
        assert np.isin(np.arange(300), split(group, seed).train).all()
    assert not np.array_equal(split(np.arange(1000), 1).test, parts.test)


def test_a_part_has_its_own_images_and_texts() -> None:
    vectors = np.eye(4, dtype=np.float32)
    pairs = Pairs(vectors, vectors[::-1], np.array([0, 1, 3]), np.array([2, 2, 0]), np.arange(3))
    part = pairs.some(np.array([1, 2]))
    assert np.array_equal(part.images, vectors[[1, 3]])
    assert np.array_equal(part.texts[part.text], vectors[::-1][[2, 0]])
    assert part.group.tolist() == [1, 2]
    assert len(pairs.part(2, 0)) == 2 and pairs.part(3, 0) is pairs
