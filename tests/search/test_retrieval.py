"""Recall and reciprocal rank against a plain count, with ties, copies and several captions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.search.retrieval import RECALL_AT, expected, first_right, retrieval


def by_hand(right: list[bool]) -> tuple[dict[int, float], float]:
    """Mean over all orders of candidates of equal score, one wrong or right a place."""
    orders = set(itertools.permutations(right))
    ranks = [order.index(True) + 1 for order in orders]
    recall = {k: float(np.mean([rank <= k for rank in ranks])) for k in RECALL_AT}
    return recall, float(np.mean([1 / rank for rank in ranks]))


@pytest.mark.parametrize(("wrong", "right"), [(0, 1), (1, 1), (3, 1), (2, 3), (5, 2), (6, 1)])
def test_ties_are_averaged_over_all_orders(wrong: int, right: int) -> None:
    recall, reciprocal = expected(0, wrong, right)
    expected_recall, value = by_hand([True] * right + [False] * wrong)
    assert recall == pytest.approx(expected_recall)
    assert reciprocal == pytest.approx(value)


@given(st.integers(0, 30), st.integers(0, 40), st.integers(1, 10))
def test_expectations_are_ordered_and_worse_with_more_above(above, wrong, right) -> None:
    recall, reciprocal = expected(above, wrong, right)
    assert 0 <= recall[1] <= recall[5] <= recall[10] <= 1 + 1e-9
    assert recall[1] <= reciprocal + 1e-9
    worse, lower = expected(above + 1, wrong, right)
    assert lower < reciprocal
    assert all(worse[k] <= recall[k] + 1e-12 for k in RECALL_AT)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 30), st.integers(0, 20), st.integers(0, 1_000))
def test_equals_ranks_counted_one_by_one(images: int, more: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((images, 5)).astype(np.float32)
    owner = np.concatenate([np.arange(images), random.integers(0, images, more)])
    texts = vectors[owner] + random.standard_normal((len(owner), 5)).astype(np.float32)
    measured = retrieval(vectors, texts, owner)
    ranks = [
        1 + sum(v @ texts[m] > vectors[owner[m]] @ texts[m] + 1e-6 for v in vectors)
        for m in range(len(owner))
    ]
    assert measured.text_to_image.mrr.value == pytest.approx(np.mean(1 / np.array(ranks)), abs=1e-6)
    firsts = []
    for n in range(images):
        order = np.argsort(-(texts @ vectors[n]), kind="stable")
        firsts.append(1 + int(np.flatnonzero(owner[order] == n)[0]))
    assert measured.image_to_text.recall[5].value == pytest.approx(np.mean(np.array(firsts) <= 5))
    assert (measured.text_to_image.queries, measured.image_to_text.queries) == (len(owner), images)


def test_perfect_and_hopeless_have_intervals_of_some_width() -> None:
    vectors = np.eye(20, dtype=np.float32)
    perfect = retrieval(vectors, vectors, np.arange(20)).text_to_image
    assert perfect.recall[1].value == perfect.mrr.value == 1
    assert 0.7 < perfect.recall[1].low < 1
    hopeless = retrieval(vectors, vectors[::-1].copy(), np.arange(20)).text_to_image
    assert hopeless.recall[1].value == 0
    assert 0 < hopeless.recall[1].high < 0.3


def test_an_encoder_that_says_the_same_of_everything_is_at_chance() -> None:
    same = np.ones((50, 4), dtype=np.float32) / 2
    measured = retrieval(same, same, np.arange(50))
    for direction in (measured.text_to_image, measured.image_to_text):
        assert direction.recall[10].value == pytest.approx(10 / 50)
        assert direction.mrr.value == pytest.approx(np.mean(1 / np.arange(1, 51)))


def test_copies_of_one_caption_hang_together_in_the_interval() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((60, 8)).astype(np.float32)
    texts = vectors + 2 * random.standard_normal((60, 8)).astype(np.float32)
    once = retrieval(vectors, texts, np.arange(60)).text_to_image
    tenfold = retrieval(vectors, np.repeat(texts, 10, axis=0), np.repeat(np.arange(60), 10))
    figure, again = once.recall[1], tenfold.text_to_image.recall[1]
    assert again.value == pytest.approx(figure.value)
    assert again.high - again.low == pytest.approx(figure.high - figure.low, rel=0.2)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    a, b = (random.standard_normal((37, 6)).astype(np.float32) for _ in range(2))
    group = np.arange(37)
    whole = first_right(a, b, group, group)
    monkeypatch.setattr("core.search.retrieval._CELLS_AT_ONCE", 100)
    assert np.array_equal(first_right(a, b, group, group), whole)


def test_an_image_without_a_caption_is_refused() -> None:
    vectors = np.eye(3, dtype=np.float32)
    with pytest.raises(ValueError, match="needs a text"):
        retrieval(vectors, vectors[:2], np.array([0, 1]))
