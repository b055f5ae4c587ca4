"""Two ways to predict on the same images: the interval covers, and knows what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.judging.intervals import paired_interval
from core.learn.judging.paired import difference, drawn_paired_interval


def test_counts_and_value() -> None:
    first = np.array([True, True, False, False, True])
    second = np.array([True, False, True, True, True])
    of = difference(first, second)
    assert (of.n, of.before, of.after, of.won, of.lost) == (5, 3, 4, 2, 1)
    assert of.value == pytest.approx(0.2) and of.low < 0.2 < of.high


def test_the_other_way_round_it_is_the_mirror() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(80) < 0.8, rng.random(80) < 0.7
    there, back = difference(first, second, 500), difference(second, first, 500)
    assert there.value == -back.value
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_of_nothing_nothing_is_known() -> None:
    none = np.zeros(0, dtype=bool)
    of = difference(none, none, 100)
    assert (of.n, of.value, of.low, of.high) == (0, None, -1.0, 1.0)


def test_once_all_are_drawn_the_difference_is_known() -> None:
    assert drawn_paired_interval(12, 5, 70, 70) == (0.1, 0.1)
    assert drawn_paired_interval(7, 0, 7, 7) == (1.0, 1.0)
    few, many = drawn_paired_interval(12, 5, 70, 75), drawn_paired_interval(12, 5, 70, 10**9)
    assert few[0] > many[0] and few[1] < many[1]
    assert many == pytest.approx(paired_interval(12, 5, 70), abs=1e-6)
    assert drawn_paired_interval(12, 5, 70) == paired_interval(12, 5, 70)


def test_images_that_all_differ_are_no_error() -> None:
    for n in range(1, 40):
        for population in (n + 1, 3 * n + 7, 10_007):
            low, high = drawn_paired_interval(n, 0, n, population)
            assert -1 < low <= high == pytest.approx(1.0, abs=1e-9)


def test_it_covers_what_is_true_of_all_images() -> None:
    """`benchmarks/slices.py intervals` does it on real predictions."""
    rng = np.random.default_rng(1)
    first = rng.random(2_000) < 0.75
    second = np.where(rng.random(2_000) < 0.2, rng.random(2_000) < 0.9, first)
    true, inside = float(second.mean() - first.mean()), 0
    for _ in range(400):
        rows = rng.permutation(2_000)[:300]
        of = difference(first[rows], second[rows], 2_000)
        inside += of.low <= true <= of.high
    assert 0.92 <= inside / 400 <= 0.98
