"""Figures of large and small classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from core.learn.judging.tails import average_precision, buckets, class_rows


def some(classes: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """A truth, probabilities that follow it a little, and names."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, size=n, p=rng.dirichlet(np.full(classes, 0.7)))
    probabilities = rng.dirichlet(np.ones(classes), size=n)
    probabilities[np.arange(n), truth] += 0.3
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True), [
        f"class {number}" for number in range(classes)
    ]  # fmt: skip


@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=80, deadline=None)
def test_average_precision_is_that_of_scikit_learn(n: int, seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    truth, scores = rng.random(n) < 0.4, rng.random(n)
    if ties:
        scores = scores.round(1)
    if not truth.any():
        assert average_precision(truth, scores) is None
        return
    assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores))


def test_rows_are_those_of_scikit_learn_with_intervals_around_them() -> None:
    truth, probabilities, names = some(6, 400, 1)
    guess = probabilities.argmax(axis=1)
    rows = class_rows(truth, guess, probabilities, names)
    want = precision_recall_fscore_support(truth, guess, labels=range(6), zero_division=0)
    for at, row in enumerate(rows):
        figures = (row.precision, row.recall, row.f1)
        for share, values in zip(figures, want[:3], strict=True):
            if share.value is not None:
                assert share.value == pytest.approx(values[at])
                assert share.low is not None and share.high is not None
                assert share.low <= share.value <= share.high
        assert (row.name, row.support) == (names[at], want[3][at])


@given(st.integers(1, 12), st.integers(1, 300), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_buckets_hold_every_class_with_images_once_the_large_ones_first(
    classes: int, n: int, seed: int
) -> None:
    truth, probabilities, names = some(classes, n, seed)
    rows = class_rows(truth, probabilities.argmax(axis=1), probabilities, names)
    pooled = buckets(rows)
    held = [name for bucket in pooled for name in bucket.classes]
    support = {row.name: row.support for row in rows}
    assert sorted(held) == sorted(name for name in names if support[name])
    sizes = [support[name] for name in held]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(bucket.support for bucket in pooled) == n
    if len(held) >= 3:
        assert [bucket.size for bucket in pooled] == ["head", "middle", "tail"]


def test_a_pooled_interval_is_narrower_than_those_of_its_classes() -> None:
    truth = np.repeat(np.arange(6), [200, 180, 40, 30, 8, 6])
    guess = np.where(np.arange(len(truth)) % 4 == 0, (truth + 1) % 6, truth)
    rows = class_rows(truth, guess, np.eye(6)[guess], list("abcdef"))
    tail = buckets(rows)[-1]
    assert (tail.size, tail.classes, tail.support) == ("tail", ("e", "f"), 14)
    assert tail.recall.low is not None and tail.recall.high is not None
    for row in rows[4:]:
        assert row.recall.low is not None and row.recall.high is not None
        assert tail.recall.high - tail.recall.low < row.recall.high - row.recall.low


def test_a_class_that_the_model_lacks_and_one_without_images() -> None:
    truth, guess = np.array([0, 0, 2]), np.array([0, 1, 0])
    rows = class_rows(truth, guess, np.eye(2)[guess], ["a", "b", "new"])
    assert rows[1].recall.value is None and rows[1].f1.value is None and rows[1].ap is None
    assert rows[1].precision.value == 0
    assert rows[2].ap is None and rows[2].recall.value == 0
    assert [bucket.classes for bucket in buckets(rows)] == [("a",), ("new",)]
