"""The pool temperature hits its target, whatever the scale of the scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.models.calibration import pool_temperature
from core.learn.models.softmax import softmax


# Of a single row, two scores may be as good as tied: then no temperature reaches the target.
@given(st.integers(2, 40), st.integers(3, 200), st.floats(1e-4, 1e4), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_mean_top_probability_is_the_target(classes, n, scale, seed):
    scores = scale * np.random.default_rng(seed).normal(size=(n, classes))
    temperature = pool_temperature(scores)
    assert softmax(scores / temperature).max(axis=1).mean() == pytest.approx(0.6, abs=2e-3)
    assert pool_temperature(1000 * scores) == pytest.approx(1000 * temperature, rel=1e-3)


def test_sharper_targets_mean_lower_temperatures():
    scores = np.random.default_rng(0).normal(size=(100, 5))
    values = [pool_temperature(scores, target) for target in (0.3, 0.5, 0.7, 0.9, 0.99)]
    assert (np.diff(values) < 0).all()


def test_where_temperature_has_no_effect_it_is_one():
    assert pool_temperature(np.array([[0.3]])) == 1.0
    assert pool_temperature(np.full((5, 1), 0.2)) == 1.0
    assert pool_temperature(np.full((5, 4), 0.2)) == 1.0


def test_targets_out_of_reach_give_a_finite_temperature():
    scores = np.random.default_rng(0).normal(size=(50, 2))
    assert np.isfinite(pool_temperature(scores, 0.4)), "two classes cannot go below one half"
    tied = np.array([[1.0, 1.0, 0.0]] * 5)
    assert np.isfinite(pool_temperature(tied, 0.6)), "a tie cannot go above one half"
    assert pool_temperature(np.array([[0.9, 0.1]])) > 0


@pytest.mark.parametrize(
    ("scores", "target"),
    [
        (np.zeros((0, 3)), 0.6),
        (np.zeros(3), 0.6),
        (np.full((2, 2), np.nan), 0.6),
        (np.eye(2), 0.0),
        (np.eye(2), 1.0),
    ],
)
def test_bad_input_is_refused(scores, target):
    with pytest.raises(ValueError):
        pool_temperature(scores, target)
