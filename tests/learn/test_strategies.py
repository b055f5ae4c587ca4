"""What every query strategy must do, and what each of them is about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.asking.doubt import entropy, least_confident, margin
from core.learn.asking.queue import next_batch
from core.learn.strategies import DEFAULT, STRATEGIES, Candidates, strategy_of

NAMES = list(STRATEGIES)
every = pytest.mark.parametrize("name", NAMES)


def pool(
    n: int = 200, classes: int = 4, dimensions: int = 8, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, classes) and unit vectors (n, dimensions)."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=n).astype(np.float32)
    vectors = rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return probabilities, vectors.astype(np.float32)


def candidates(rows: np.ndarray, covered: np.ndarray, classes: int = 4) -> Candidates:
    """Some rows of a pool of 200."""
    return Candidates(rows, *pool(200, classes), covered)


def test_names_titles_and_the_default_are_as_pages_and_commands_know_them() -> None:
    assert NAMES == ["uherding", "margin", "entropy", "least-confident", "typical", "random"]
    assert len({strategy.title for strategy in STRATEGIES.values()}) == len(NAMES)
    assert all(strategy.title.strip() for strategy in STRATEGIES.values())
    assert DEFAULT in STRATEGIES


def test_an_unknown_name_is_refused_with_a_sentence_that_lists_the_others() -> None:
    with pytest.raises(ValueError, match="'nearest'") as refusal:
        strategy_of("nearest")
    assert all(name in str(refusal.value) for name in NAMES)


@every
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 5), st.integers(0, 99), st.data())
def test_so_many_distinct_candidates_and_no_others(
    name: str, many: int, labeled: int, classes: int, seed: int, data: st.DataObject
) -> None:
    """None labeled, one class, none or all wanted: all of these occur."""
    order = np.random.default_rng(seed).permutation(200)
    covered, rows = order[:labeled], order[labeled:][:many]
    size = data.draw(st.integers(0, len(rows)))
    batch = STRATEGIES[name].choose(candidates(rows, covered, classes), size)
    assert len(set(batch.tolist())) == len(batch) == size
    assert set(batch.tolist()) <= set(rows.tolist())


@every
@pytest.mark.parametrize("labeled", [0, 1, 30])
def test_the_same_question_has_the_same_answer(name: str, labeled: int) -> None:
    order = np.random.default_rng(1).permutation(200)
    asked = candidates(order[labeled:], order[:labeled])
    before = asked.probabilities.copy(), asked.vectors.copy(), asked.rows.copy()
    first, second = (STRATEGIES[name].choose(asked, 12) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for old, new in zip(before, (asked.probabilities, asked.vectors, asked.rows), strict=True):
        np.testing.assert_array_equal(old, new, err_msg="a strategy must not write")


@every
def test_a_longer_batch_begins_like_a_shorter_one(name: str) -> None:
    order = np.random.default_rng(2).permutation(200)
    asked = candidates(order[20:], order[:20])
    choose = STRATEGIES[name].choose
    np.testing.assert_array_equal(choose(asked, 30)[:7], choose(asked, 7))


@every
@pytest.mark.parametrize("labeled", [0, 25])
def test_how_classes_are_numbered_changes_nothing(name: str, labeled: int) -> None:
    order = np.random.default_rng(3).permutation(200)
    probabilities, vectors = pool(classes=5)
    asked = (
        Candidates(order[labeled:], chances, vectors, order[:labeled])
        for chances in (probabilities, probabilities[:, [3, 0, 4, 1, 2]])
    )
    first, second = (STRATEGIES[name].choose(one, 15) for one in asked)
    np.testing.assert_array_equal(first, second)


@every
def test_the_queue_of_a_strategy_follows_its_seed_and_asks_for_no_more_than_there_are(
    name: str,
) -> None:
    probabilities, vectors = pool()
    few, labeled = np.array([3, 8, 8, 5]), np.array([5, 100])

    def batch(available: np.ndarray, seed: int) -> list[int]:
        rows = next_batch(probabilities, vectors, labeled, available, 10, name, seed)
        return rows.tolist()

    assert sorted(batch(few, 0)) == [3, 8]
    assert batch(np.empty(0, int), 0) == []
    everything = np.arange(200)
    assert batch(everything, 4) == batch(everything[::-1], 4)


def test_what_is_left_uniform_reserves_nothing() -> None:
    probabilities, vectors = pool(n=100, classes=10)
    counts = np.zeros(10, dtype=int)
    for name, strategy in STRATEGIES.items():
        asked = probabilities, vectors, np.arange(0), np.arange(100), 10, name, 0
        plain, reserved = next_batch(*asked), next_batch(*asked, counts=counts)
        assert np.array_equal(plain, reserved) != strategy.reserves


def test_margin_and_entropy_order_by_doubt() -> None:
    probabilities, vectors = pool()
    nothing = np.empty(0, int)
    by_margin = next_batch(probabilities, vectors, nothing, np.arange(200), 20, "margin")
    assert np.array_equal(by_margin, np.argsort(margin(probabilities), kind="stable")[:20])
    by_entropy = next_batch(probabilities, vectors, nothing, np.arange(200), 20, "entropy")
    assert np.array_equal(by_entropy, np.argsort(-entropy(probabilities), kind="stable")[:20])


def test_least_confident_goes_through_the_predicted_classes_in_turn() -> None:
    probabilities, vectors = pool(n=60, classes=3)
    predicted, doubt = probabilities.argmax(axis=1), least_confident(probabilities)
    batch = next_batch(
        probabilities, vectors, np.empty(0, int), np.arange(60), 6, "least-confident"
    )
    for start in (0, 3):
        assert sorted(predicted[batch[start : start + 3]]) == [0, 1, 2]
    for name in range(3):
        most = np.sort(doubt[predicted == name])[-2:][::-1]
        np.testing.assert_array_equal(doubt[batch[predicted[batch] == name]], most)


def test_random_is_uniform_and_differs_by_seed() -> None:
    probabilities, vectors = pool(n=20)
    hits = np.zeros(20)
    for seed in range(2000):
        hits[
            next_batch(probabilities, vectors, np.arange(0), np.arange(20), 5, "random", seed)
        ] += 1
    # Each row is drawn with probability 1/4; 5 standard deviations of 2,000 draws.
    assert np.abs(hits / 2000 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 2000)
