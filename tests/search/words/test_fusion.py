"""Reciprocal rank fusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.words.fusion import fused

rankings = st.lists(st.permutations(range(12)).map(lambda order: order[:7]), min_size=1, max_size=4)


def test_as_in_the_paper_and_first_everywhere_is_one() -> None:
    rows, scores = fused([np.array([5, 2, 9]), np.array([5, 9])])
    assert rows.tolist() == [5, 9, 2]
    assert scores == pytest.approx([1.0, 61 / 2 * (1 / 63 + 1 / 62), 61 / 2 / 62])


def test_nothing_and_one_of_nothing() -> None:
    assert [len(part) for part in fused([np.array([], int), np.array([], int)])] == [0, 0]
    rows, scores = fused([np.array([], int), np.array([3, 1])])
    assert rows.tolist() == [3, 1] and scores[0] == pytest.approx(0.5)


@given(rankings)
def test_all_rows_once_and_no_row_that_is_better_everywhere_comes_later(
    orders: list[list[int]],
) -> None:
    rows, scores = fused([np.array(order) for order in orders])
    assert sorted(rows.tolist()) == sorted({row for order in orders for row in order})
    assert (np.diff(scores) <= 0).all() and scores[-1] > 0 and scores[0] <= 1 + 1e-12
    place = {row: at for at, row in enumerate(rows.tolist())}
    for one in place:
        for other in place:
            if all(
                one in order and (other not in order or order.index(one) < order.index(other))
                for order in orders
            ):
                assert place[one] < place[other]
