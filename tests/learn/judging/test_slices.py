"""Slices that are worse than the rest: found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.judging.slices import LEVEL, corrected, findable


def many(n: int, rng: np.random.Generator, count: int = 30) -> np.ndarray:
    column = rng.integers(0, count // 2, n)
    values = [column == value for value in range(count // 2)]
    plain = [rng.random(n) < share for share in rng.uniform(0.05, 0.5, count - count // 2)]
    return np.array(values + plain)


def test_a_planted_slice_is_found() -> None:
    found, others = 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        members = many(1_500, rng)
        planted = rng.random(1_500) < 0.25
        wrong = rng.random(1_500) < np.where(planted, 0.35, 0.15)
        chances = corrected(wrong, np.vstack([members, planted]))
        found += chances[-1] <= LEVEL
        others += int((chances[:-1] <= LEVEL).any())
    assert found == 20 and others <= 3


def test_where_there_is_none_hardly_any_is_reported() -> None:
    """`benchmarks/slices.py slices` does it on real predictions, and far more often."""
    reported = 0
    for seed in range(60):
        rng = np.random.default_rng([seed, 1])
        reported += bool(np.nanmin(corrected(rng.random(300) < 0.2, many(300, rng))) <= LEVEL)
    assert reported <= 6


def test_it_is_the_correction_of_one_slice_that_it_tells() -> None:
    """Of one slice alone the corrected chance is that of Fisher's test, ties halved."""
    wrong = np.repeat([True, False], [20, 180])
    inside = np.zeros(200, dtype=bool)
    inside[[*range(9), *range(20, 61)]] = True
    alone = corrected(wrong, inside[None])[0]
    assert 0.01 < alone < 0.05
    crowd = np.vstack([inside[None], many(200, np.random.default_rng(0))])
    assert corrected(wrong, crowd)[0] > 2 * alone
    copies = np.repeat(inside[None], 40, axis=0)  # the same slice forty times is one slice
    assert corrected(wrong, copies) == pytest.approx(np.full(40, alone))


def test_the_order_of_slices_and_images_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    members, wrong = many(400, rng), rng.random(400) < 0.3
    chances = corrected(wrong, members)
    turned = corrected(wrong, members[::-1])
    np.testing.assert_allclose(turned[::-1], chances)
    np.testing.assert_allclose(corrected(wrong, members), chances)
    shuffled = rng.permutation(400)
    again = corrected(wrong[shuffled], members[:, shuffled])
    np.testing.assert_allclose(again, chances, atol=0.03)  # other errors are dealt


def test_slices_of_a_few_images_are_not_tried() -> None:
    wrong = np.repeat([True, False], 50)
    members = np.zeros((4, 100), dtype=bool)
    members[0, :4] = members[1, :5] = members[2, :95] = members[3, :96] = True
    tried = ~np.isnan(corrected(wrong, members))
    assert tried.tolist() == [False, True, True, False]


@pytest.mark.parametrize("all_wrong", [True, False])
def test_where_all_are_alike_no_slice_is_worse(all_wrong: bool) -> None:
    members = many(100, np.random.default_rng(0))
    chances = corrected(np.full(100, all_wrong), members)
    assert np.nanmin(chances) == 1.0


def test_no_slices_and_no_images() -> None:
    assert len(corrected(np.ones(9, dtype=bool), np.zeros((0, 9), dtype=bool))) == 0
    assert np.isnan(corrected(np.zeros(0, dtype=bool), np.zeros((2, 0), dtype=bool))).all()
    with pytest.raises(ValueError, match="do not fit 3 images"):
        corrected(np.zeros(3, dtype=bool), np.zeros((2, 4), dtype=bool))


def test_what_could_be_found() -> None:
    assert findable(600, 110, 60) == pytest.approx(0.19, abs=0.02)
    assert findable(600, 110, 60) < findable(300, 55, 60) < findable(60, 11, 60)
    assert findable(600, 110, 60) < findable(600, 110, 300)
    assert findable(600, 0, 60) > 0
    assert findable(20, 3, 60) == findable(0, 0, 5) == findable(600, 50, 0) == 1.0
