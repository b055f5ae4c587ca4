"""Texts that say nearly the same."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.words import near
from core.search.words.near import near_texts
from core.search.words.tokens import normal


def test_capitals_signs_and_spaces_do_not_count_and_typing_errors_hardly() -> None:
    texts = [
        "Capsized Sailing Illustration 1", "apple pie", "Capsized  sailing illustration 2",
        "APPLE-PIE!", "", "", "a completely different sentence", "?",
    ]  # fmt: skip
    assert near_texts(texts).tolist() == [0, 1, 0, 1, 2, 3, 4, 5]
    assert near_texts(texts, least=1.0).tolist() == [0, 1, 2, 1, 3, 4, 5, 6]
    assert near_texts([]).tolist() == [] and near_texts(["x"]).tolist() == [0]


def test_all_pairs_that_are_near_are_found_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_TEXTS", 17)
    monkeypatch.setattr(near, "_CHUNK", 13)
    draw = random.Random(0)
    words = [
        f"{draw.choice('bcdfg')}{draw.choice('aeiou')}{draw.choice('lmnrst')}" for _ in "x" * 40
    ]
    texts = [" ".join(draw.choices(words, k=9)) for _ in range(80)]
    for text in texts[:40]:
        letters = list(text)
        letters[draw.randrange(len(letters))] = draw.choice("xyz")
        texts.append("".join(letters))
    groups = near_texts(texts)
    pieces = [_pieces(normal(text)) for text in texts]
    linked = np.arange(len(texts))
    for one in range(len(texts)):
        for other in range(one):
            shared = len(pieces[one] & pieces[other]) / len(pieces[one] | pieces[other])
            if shared >= near.NEAR:
                linked[linked == linked[one]] = linked[other]
    assert len(np.unique(linked)) < 110
    assert len(np.unique(groups)) == len(np.unique(linked))
    assert len({*zip(groups.tolist(), linked.tolist(), strict=True)}) == len(np.unique(linked))


def _pieces(text: str) -> set[str]:
    marked = f"\x02{text}\x03"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_texts_give_groups_numbered_from_zero(texts: list[str]) -> None:
    groups = near_texts(texts)
    assert groups.dtype == np.int64 and len(groups) == len(texts)
    firsts = [group for at, group in enumerate(groups) if group not in groups[:at]]
    assert firsts == list(range(len(firsts)))
    for one, other in pairwise(texts):
        if normal(one) and normal(one) == normal(other):
            assert groups[texts.index(one)] == groups[texts.index(other)]


def test_very_long_texts_are_compared_by_their_beginning() -> None:
    long = "word " * 200_000
    assert near_texts([long, long + "x", "other"]).tolist() == [0, 0, 1]
