"""The learning curve as it is drawn: what was measured, the line through it, its band."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.judging.curve import expected_gain, ladder


def made(errors: list[float], m: int = 2_000) -> np.ndarray:
    """(m, S) of which images are right, so that each count has its error."""
    return (np.arange(m) + 0.5)[:, None] / m > np.array(errors)


def test_points_are_those_measured_and_the_line_goes_through_them() -> None:
    counts = ladder(400)
    errors = 0.4 * (np.array(counts) / 50) ** -0.5
    gain = expected_gain(counts, made(errors.tolist()), extra=100)
    assert gain is not None
    curve = gain.curve
    assert curve.counts == counts
    np.testing.assert_allclose(curve.accuracy, 1 - errors, atol=1e-3)
    assert curve.labels[0] == counts[0]
    np.testing.assert_allclose(curve.labels[-1], 500)
    at = np.interp(counts, curve.labels, curve.line)
    np.testing.assert_allclose(at, curve.accuracy, atol=0.03)
    # The line's end is where the expected gain says that it is.
    now = np.interp(400, curve.labels, curve.line)
    np.testing.assert_allclose(curve.line[-1] - now, gain.gain, atol=2e-3)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=4),
    st.integers(40, 3_000),
    st.integers(30, 200),
)
def test_every_curve_can_be_drawn(errors: list[float], labels: int, m: int) -> None:
    counts = ladder(labels)[-len(errors) :]
    gain = expected_gain(counts, made(errors[-len(counts) :], m))
    if len(counts) < 3:
        assert gain is None
        return
    assert gain is not None
    curve = gain.curve
    assert all(np.diff(curve.labels) > 0)
    for low, value, high in zip(curve.low, curve.accuracy, curve.high, strict=True):
        assert 0 <= low <= value <= high <= 1
    for low, high in zip(curve.line_low, curve.line_high, strict=True):
        assert 0 <= low <= high <= 1
    assert len(curve.labels) == len(curve.line) == len(curve.line_low) == len(curve.line_high)
    assert all(step >= -1e-12 for step in np.diff(curve.line)), "more labels never cost accuracy"
