"""The first view of a map: the bulk, close by, with nothing lost from the map itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.map.view import first_view

FIELD = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(2)),
    elements=st.floats(-50, 50, width=32),
)


def cloud(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=1.0, size=(n, 2)).astype(np.float32)


def test_a_few_far_away_do_not_shrink_the_rest_to_a_dot() -> None:
    far = np.array([[80, 80], [-90, 5], [3, -70]], dtype=np.float32)
    points = np.concatenate([cloud(2_000), far])
    view = first_view(points)
    left, bottom, right, top = view.bulk
    assert right - left < 8 and top - bottom < 8, "the view is of the cloud's size"
    assert 3 <= view.outside < 0.01 * len(points)
    assert view.whole == (-90, -70, 80, 80)


def test_a_group_of_a_fiftieth_is_no_outlier() -> None:
    points = np.concatenate([cloud(980), cloud(40, 1) * 0.2 + 12])
    view = first_view(points)
    assert view.bulk[2] >= 11.5 and view.bulk[3] >= 11.5


def test_an_even_map_is_shown_whole() -> None:
    points = np.random.default_rng(0).uniform(-10, 10, (3_000, 2)).astype(np.float32)
    view = first_view(points)
    assert view.bulk == view.whole and view.outside == 0


@given(FIELD)
def test_the_bulk_lies_within_the_whole_and_holds_nearly_all(points: np.ndarray) -> None:
    view = first_view(points)
    left, bottom, right, top = view.bulk
    assert view.whole[0] <= left <= right <= view.whole[2]
    assert view.whole[1] <= bottom <= top <= view.whole[3]
    inside = ((points >= (left, bottom)) & (points <= (right, top))).all(axis=1)
    assert view.outside == len(points) - inside.sum()
    assert view.outside <= 0.04 * len(points) + 4


@pytest.mark.parametrize("n", [1, 2, 5])
def test_copies_and_a_handful_have_a_view(n: int) -> None:
    view = first_view(np.full((n, 2), 3.0, np.float32))
    assert view.bulk == view.whole == (3, 3, 3, 3)


def test_no_points_have_none() -> None:
    with pytest.raises(ValueError, match="not empty"):
        first_view(np.empty((0, 2), np.float32))
