"""How much opinions count: more where they were right, the first alone where nothing speaks."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.voting.weights import MOST, grid, likelihoods, pooled, weights


def opinion(truth: np.ndarray, sharp: float, seed: int) -> np.ndarray:
    """Probabilities that are calibrated: drawn logits whose truth was drawn from nothing else."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(len(truth), 3))
    logits[np.arange(len(truth)), truth] += sharp
    chances = np.exp(logits * max(sharp, 0.1))
    return (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_the_grid_begins_with_the_first_alone_and_sums_to_one(count: int) -> None:
    points = grid(count)
    assert points[0].tolist() == [1.0] + [0.0] * (count - 1)
    assert np.allclose(points.sum(axis=1), 1.0) and (points >= 0).all()
    assert len(np.unique(points, axis=0)) == len(points)


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_more_opinions_than_can_be_pooled_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="opinions"):
        grid(count)


def test_the_first_alone_stays_what_it_is() -> None:
    truth = np.random.default_rng(0).integers(3, size=50)
    first, other = opinion(truth, 1.0, 1), opinion(truth, 1.0, 2)
    assert np.allclose(pooled([first, other], np.array([1.0, 0.0])), first, atol=1e-6)
    same = pooled([first, first], np.array([0.3, 0.7]))
    assert np.allclose(same, first, atol=1e-6)


def test_each_row_may_have_weights_of_its_own() -> None:
    truth = np.zeros(2, np.int64)
    first, other = opinion(truth, 1.0, 1), opinion(truth, 1.0, 2)
    both = pooled([first, other], np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert np.allclose(both[0], first[0], atol=1e-6) and np.allclose(both[1], other[1], atol=1e-6)


def test_without_labels_the_first_counts_alone() -> None:
    assert weights(np.empty((0, 11)), 2).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("better", "low", "high"), [(0, 0.7, 1.0), (1, 0.0, 0.4)])
def test_what_is_right_more_often_counts_more(better: int, low: float, high: float) -> None:
    truth = np.random.default_rng(0).integers(3, size=300)
    opinions = [opinion(truth, 2.0 if at == better else 0.0, at) for at in (0, 1)]
    share = weights(likelihoods(opinions, np.eye(3)[truth]), 2)
    assert share.sum() == pytest.approx(1.0)
    assert low <= share[0] <= high


def test_an_opinion_of_zero_costs_much_but_not_everything() -> None:
    truth = np.zeros(1, np.int64)
    wrong, right = np.array([[0.0, 1.0]], np.float32), np.array([[0.9, 0.1]], np.float32)
    assert np.isfinite(likelihoods([wrong, right], np.eye(2)[truth])).all()
