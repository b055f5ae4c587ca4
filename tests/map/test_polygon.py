"""What lies inside a lasso: agrees with a slow reference on any polygon."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.map.polygon import inside

_NUMBER = st.integers(-6, 6).map(lambda n: n / 2)


def crossings_are_odd(point, corners) -> bool:
    """A ray to the right, one edge at a time."""
    x, y = point
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y0 < y) != (y1 < y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


@given(st.lists(st.tuples(_NUMBER, _NUMBER), min_size=3, max_size=12), st.integers(0, 2**32 - 1))
def test_any_polygon_also_one_that_crosses_itself(corners, seed):
    points = np.random.default_rng(seed).uniform(-4, 4, (60, 2)).astype(np.float32)
    expected = [crossings_are_odd(point, corners) for point in points.astype(float).tolist()]
    assert inside(points, np.array(corners)).tolist() == expected


def test_a_square_holds_its_middle_and_nothing_beyond():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    points = np.array([[1, 1], [3, 1], [-1, 1], [1, 3], [1.99, 0.01]], dtype=np.float32)
    assert inside(points, square).tolist() == [True, False, False, False, True]
    assert inside(points, square[::-1]).tolist() == [True, False, False, False, True]
    assert inside(np.empty((0, 2), np.float32), square).tolist() == []


@pytest.mark.parametrize(
    "polygon", [[[0, 0], [1, 1]], [[0, 0, 0]] * 3, [[0, 0], [1, np.nan], [2, 2]]]
)
def test_what_is_no_polygon_is_refused(polygon):
    with pytest.raises(ValueError):
        inside(np.zeros((1, 2), np.float32), np.array(polygon))
