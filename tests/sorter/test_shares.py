"""Shares of classes: few false alarms, and what moves is named."""

from __future__ import annotations

import numpy as np
import pytest

from core.sorter.shares import LEAST_MOVE, compare

NAMES = [f"c{k}" for k in range(8)]
TRUE = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.08, 0.05, 0.02])


def test_deliveries_as_before_rarely_raise_an_alarm() -> None:
    chance, alarms = np.random.default_rng(0), 0
    for number in range(400):
        before, counts = chance.multinomial(3_000, TRUE), chance.multinomial(300, TRUE)
        alarms += any(one.moved for one in compare(NAMES, counts, before, 0.05, number))
    assert alarms / 400 <= 0.07


def test_fifteen_points_are_named_with_interval_and_what_was_before() -> None:
    before, counts = np.array([3000, 1000, 1000]), np.array([225, 175, 100])
    found = {one.name: one for one in compare(["a", "b", "c"], counts, before)}
    assert (found["a"].moved, found["b"].moved, found["c"].moved) == (True, True, False)
    assert found["b"].before == pytest.approx(0.2) and found["b"].share == pytest.approx(0.35)
    assert found["b"].low < 0.35 < found["b"].high


def test_what_hardly_moved_is_not_worth_a_word() -> None:
    """In a million images two points are sure, and still nothing to act on."""
    before, counts = np.array([500_000, 500_000]), np.array([520_000, 480_000])
    assert abs(0.52 - 0.5) < LEAST_MOVE
    assert not any(one.moved for one in compare(["a", "b"], counts, before))


@pytest.mark.parametrize(("counts", "before"), [([0, 0], [5, 5]), ([3, 1], [0, 0])])
def test_nothing_to_compare(counts: list[int], before: list[int]) -> None:
    found = compare(["a", "b"], np.array(counts), np.array(before))
    assert not any(one.moved for one in found)


def test_a_class_that_is_nowhere() -> None:
    found = compare(["a", "b", "c"], np.array([5, 5, 0]), np.array([50, 50, 0]))
    assert (found[2].share, found[2].moved) == (0.0, False)
