"""The cheapest decision for each image."""

import numpy as np
import pytest

from core.learn.promises.costs import decide


def test_equal_prices_give_the_most_probable_class_and_a_threshold() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    made = decide(probabilities, 1.0 - np.eye(2), look=0.3)
    assert made.assigned.tolist() == [0, 1, 0]
    assert made.review.tolist() == [False, True, True]
    assert made.expected == pytest.approx([0.1, 0.3, 0.3])


def test_a_dear_mistake_moves_the_decision() -> None:
    costs = np.array([[0.0, 1.0], [50.0, 0.0]])  # a damaged one among the good ones is dear
    made = decide(np.array([[0.9, 0.1]]), costs, look=10.0)
    assert made.assigned.tolist() == [1]
    assert made.expected == pytest.approx([0.9])


def test_impossible_prices_are_refused() -> None:
    with pytest.raises(ValueError, match="classes 2"):
        decide(np.full((1, 2), 0.5), np.ones((3, 3)), 1.0)
    for wrong in (-np.ones((2, 2)), np.full((2, 2), np.nan)):
        with pytest.raises(ValueError, match="prices"):
            decide(np.full((1, 2), 0.5), wrong, 1.0)
