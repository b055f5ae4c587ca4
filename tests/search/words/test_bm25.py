"""Texts found by their words: ranking, signs, and what is typed without a thought for syntax."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.search.query import parse
from core.search.words.bm25 import WordIndex

TEXTS = [
    "Red dress",
    "A long red evening dress, red as wine",
    "Shoes, blue",
    "",
    "Crème brûlée",
    "drawing of a shoe",
    "红色 连衣裙",
    "rock + roll",
]


def found(index: WordIndex, query: str) -> list[int]:
    return index.find(parse(query))[0].tolist()


def test_the_rarer_and_the_shorter_come_first_and_all_scores_fall() -> None:
    index = WordIndex(TEXTS)
    rows, scores = index.find(parse("red dress"))
    assert rows.tolist() == [0, 1]
    assert scores.tolist() == sorted(scores.tolist(), reverse=True) and scores[-1] > 0
    assert found(index, "purple") == []


def test_words_are_found_by_their_stem_and_without_accents_and_chinese_by_character() -> None:
    index = WordIndex(TEXTS)
    assert set(found(index, "SHOE")) == {2, 5}
    assert found(index, "creme brulee") == [4]
    assert found(index, "连衣") == [6]


def test_signs_leave_out_and_weights_count() -> None:
    index = WordIndex(TEXTS)
    assert found(index, "shoes -drawing") == [2]
    assert found(index, '-"red dress" +dress') == []
    assert found(index, "blue +3*wine")[0] == 1
    assert found(index, "3*blue +0.1*wine")[0] == 2
    one, three = (index.find(parse(query))[1] for query in ("red", "3*red"))
    assert three == pytest.approx(3 * one)


def test_small_words_count_only_where_nothing_else_is_asked() -> None:
    index = WordIndex(TEXTS)
    assert found(index, "a drawing of the") == [5]
    assert set(found(index, "of a")) == {1, 5}
    assert found(index, '"+"') == []


@given(st.text(min_size=1, max_size=60))
def test_nothing_that_is_typed_is_syntax(typed: str) -> None:
    index = WordIndex(TEXTS)
    try:
        terms = parse(typed)
    except WinnowError:
        return
    rows, scores = index.find(terms)
    assert len(set(rows.tolist())) == len(scores) and set(rows.tolist()) <= set(range(len(TEXTS)))


def test_words_of_the_index_s_own_language_are_words() -> None:
    index = WordIndex(["near or not", "AND NEAR(words*) ^x {words}: \"'; DROP TABLE texts"])
    assert found(index, "near(words, 2)") == [1, 0]
    assert found(index, "drop table") == [1]


def test_several_threads_search_one_index() -> None:
    index = WordIndex([f"picture {n} {'even' if n % 2 == 0 else 'odd'}" for n in range(500)])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: found(index, f"picture {n}")[0], range(60)))
    assert answers == list(range(60))


def test_no_texts_at_all() -> None:
    assert found(WordIndex([]), "red") == []
    assert found(WordIndex(["", ""]), "red") == []
