"""What is said of the accuracy: one interval, no gain where nothing is wrong, when to stop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.learn.judging.curve import expected_gain
from core.learn.judging.estimates import Estimates, estimate
from core.ui.shared import accuracy


def estimates(right: int, n: int, population: int, gain: bool = True) -> Estimates:
    """Of so many random images, so many right."""
    truth = np.where(np.arange(n) < right, 0, 1)
    probabilities = np.tile([0.9, 0.1], (n, 1))
    correct = np.repeat((truth == 0)[:, None], 3, axis=1)
    correct[: n // 4, 0] = False
    more = expected_gain([20, 40, 80], correct) if gain else None
    return estimate(truth, probabilities, ["a", "b"], population, gain=more)


@given(n=st.integers(30, 200), wrong=st.integers(0, 20), population=st.integers(200, 5_000))
def test_a_goal_is_never_reached_below_the_interval(n: int, wrong: int, population: int) -> None:
    stated = estimates(n - wrong, n, population)
    for goal in (0.5, 0.9, 0.99):
        said = accuracy.verdict(stated, goal)
        assert ("reached: you can stop" in said) == (stated.stop.low >= goal)
        if "nearly" in said:
            assert stated.accuracy.low >= goal > stated.stop.low
        assert "least" not in said  # a second bound beside the interval


def test_no_gain_is_promised_where_nothing_is_wrong() -> None:
    assert "nothing to gain" in str(accuracy.ahead(estimates(60, 60, 3_000)))
    assert accuracy.ahead(estimates(50, 60, 3_000, gain=False)) is None
    assert "100 more labels: about +" in str(accuracy.ahead(estimates(40, 60, 3_000)))


@given(wrong=st.integers(0, 8), n=st.integers(30, 120), lag=st.integers(0, 60))
def test_labels_never_bring_more_than_what_is_wrong(wrong: int, n: int, lag: int) -> None:
    correct = np.ones((n, 3), dtype=bool)
    correct[:wrong] = False
    correct[: min(n, wrong + lag), :2] = False
    gain = expected_gain([20, 40, 80], correct)
    assert gain is not None
    assert gain.gain <= (wrong + 0.5) / (n + 1) + 1e-12


@pytest.mark.parametrize(("value", "text"), [(0.934, "93% (90%–96%)"), (1.0, "100% (90%–96%)")])
def test_a_share_with_its_interval(value: float, text: str) -> None:
    assert accuracy.interval(value, 0.9, 0.96) == text
