"""Prediction sets hold the true class as often as promised, and not much more often."""

import numpy as np
import pytest

from core.learn.judging.conformal import floor, sets


@pytest.mark.parametrize("level", [0.8, 0.9])
@pytest.mark.parametrize("sharpness", [1.0, 4.0])
def test_sets_cover_as_promised_whether_or_not_probabilities_are_right(level, sharpness):
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        honest = rng.dirichlet(np.full(4, 0.4), size=360)
        truth = (rng.random((360, 1)) > honest.cumsum(axis=1)).sum(axis=1).clip(0, 3)
        claimed = honest**sharpness
        claimed /= claimed.sum(axis=1, keepdims=True)
        inside = sets(claimed[60:], floor(claimed[:60], truth[:60], level))
        shares.append(inside[np.arange(300), truth[60:]].mean())
    assert level - 0.01 <= np.mean(shares) <= level + 0.06


def test_too_few_images_rule_nothing_out():
    probabilities = np.tile([0.9, 0.1], (8, 1))
    truth = np.zeros(8, dtype=int)
    assert floor(probabilities, truth, 0.9) == 0 == floor(probabilities[:0], truth[:0], 0.5)
    assert sets(probabilities, 0.0).all()
    assert floor(np.tile([0.9, 0.1], (9, 1)), np.zeros(9, dtype=int), 0.9) == 0.9


def test_no_set_is_empty():
    inside = sets(np.array([[0.4, 0.35, 0.25], [0.95, 0.03, 0.02]]), 0.9)
    assert inside.tolist() == [[True, False, False], [True, False, False]]
    with pytest.raises(ValueError, match="level"):
        floor(np.ones((3, 1)), np.zeros(3, dtype=int), 1.0)
