"""Heads compared: the plain one stays unless another is surely better."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.heads.choosing import LEAST, contest, judge
from core.learn.heads.measures import ACCURACY, MACRO_F1, Tally, cost_of, recall_of
from core.learn.heads.names import PLAIN
from core.learn.judging.metrics import evaluate
from core.learn.models.learner import Learner


def problem(n: int = 300, seed: int = 0) -> tuple[Learner, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    means = rng.normal(size=(3, 10))
    vectors = means[truth] + 1.2 * rng.normal(size=(n, 10))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return Learner(vectors, np.zeros((n, 3), np.float32)), truth


def some(seed: int = 0, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """A truth of unequal classes, and guesses right of three quarters."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=n, p=[0.7, 0.2, 0.1])
    guess = np.where(rng.random(n) < 0.75, truth, rng.integers(3, size=n))
    return truth, guess


def test_measures_are_those_of_the_metrics_page() -> None:
    truth, guess = some()
    tally = Tally.of(truth, guess, np.ones((1, len(truth))), 3)
    known = evaluate(truth, np.eye(3)[guess], ["a", "b", "c"])
    assert ACCURACY.of(tally)[0] == pytest.approx(known.accuracy)
    assert MACRO_F1.of(tally)[0] == pytest.approx(known.macro_f1)
    assert recall_of(1, "b").of(tally)[0] == pytest.approx(known.per_class["b"].recall)


def test_costs_count_what_each_mistake_costs() -> None:
    truth, guess = np.array([0, 0, 1, 2]), np.array([0, 1, 2, 2])
    tally = Tally.of(truth, guess, np.ones((1, 4)), 3)
    costs = [[0, 5, 1], [1, 0, 3], [1, 1, 0]]
    assert cost_of(costs, 3).of(tally)[0] == pytest.approx(-(5 + 3) / 4)


@pytest.mark.parametrize("costs", [[[0, 1]], [[0, -1], [1, 0]], [[0, float("nan")], [1, 0]]])
def test_costs_that_are_none_are_refused(costs: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="cost"):
        cost_of(costs, 2)


def test_a_head_that_says_the_same_gains_nothing_for_sure() -> None:
    truth, guess = some()
    scores = judge(truth, {PLAIN: guess, "weighted": guess.copy()}, 3, MACRO_F1).scores
    assert (scores[1].gain, scores[1].low, scores[1].high) == (0, 0, 0)
    assert not scores[1].better


def test_a_head_that_is_clearly_better_is_used() -> None:
    truth, guess = some()
    better = guess.copy()
    wrong = np.flatnonzero(guess != truth)
    better[wrong[: len(wrong) // 2]] = truth[wrong[: len(wrong) // 2]]
    compared = judge(truth, {PLAIN: guess, "weighted": better, "focal": guess}, 3, MACRO_F1)
    assert compared.best == "weighted"
    score = compared.of("weighted")
    assert score is not None and 0 < score.low < score.gain < score.high


def test_a_gain_in_macro_f1_that_costs_accuracy_is_not_worth_it() -> None:
    truth, guess = np.repeat([0, 1], [380, 40]), np.zeros(420, dtype=np.int64)
    other = truth.copy()
    other[:20] = 1  # finds all of the rare class, and takes 20 others for it
    guess[380:382] = 1
    eager = judge(truth, {PLAIN: guess, "adjusted": other}, 2, MACRO_F1)
    assert eager.best == "adjusted"
    other[:60] = 1
    dear = judge(truth, {PLAIN: guess, "adjusted": other}, 2, MACRO_F1)
    score = dear.of("adjusted")
    assert score is not None and score.better and dear.dear(score) and dear.best == PLAIN


def test_chance_does_not_pass_for_better() -> None:
    """Eight heads that are as good as plain, and wrong elsewhere: few studies choose one."""
    chosen = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth = rng.integers(4, size=120)
        guesses = {
            name: np.where(rng.random(120) < 0.8, truth, rng.integers(4, size=120))
            for name in (PLAIN, *"abcdefgh")
        }
        chosen += judge(truth, guesses, 4, ACCURACY, seed).best != PLAIN
    assert chosen <= 5


def test_recall_of_a_class_without_labels_says_nothing() -> None:
    truth, guess = some()
    compared = judge(truth, {PLAIN: guess, "focal": 2 - guess}, 4, recall_of(3, "d"))
    assert compared.best == PLAIN and not compared.scores[1].better


def test_too_few_labels_or_one_class_are_no_basis() -> None:
    learner, truth = problem()
    rows = np.arange(LEAST - 1)
    assert contest(learner, rows, truth[rows]).scores == ()
    assert contest(learner, rows, truth[rows]).best == PLAIN
    one = np.flatnonzero(truth == 0)[:60]
    assert contest(learner, one, truth[one]).scores == ()


def test_a_contest_names_each_head_and_is_the_same_again() -> None:
    learner, truth = problem()
    rows = np.arange(80)
    named: list[str] = []
    heads = ("weighted", "smoothed")
    first = contest(learner, rows, truth[rows], ACCURACY, heads, between=named.append)
    assert named == [PLAIN, *heads] == [score.head for score in first.scores]
    assert first == contest(learner, rows, truth[rows], ACCURACY, heads)
    assert first.labels == 80
