"""What heads change in the loss."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.heads.shape import Shaping
from core.learn.heads.shapings import adjusted, effective, focal, inverse, smoothed
from core.learn.models.solver import fit_many

TARGETS = np.eye(3)[[0, 0, 0, 0, 0, 0, 1, 1, 2]]
INCLUDED = np.ones((9, 2), dtype=np.float32)
INCLUDED[8, 1] = 0.0  # the second problem does not see the only image of the third class


@pytest.mark.parametrize("shaping", [inverse(1.0), inverse(0.5), effective])
def test_weights_are_one_on_average_and_none_where_an_image_is_not_seen(shaping: Shaping) -> None:
    weights = shaping(TARGETS, INCLUDED).weights
    assert weights[8, 1] == 0
    assert weights.sum(axis=0) == pytest.approx([9, 8])
    assert weights[8, 0] > weights[6, 0] > weights[0, 0]


def test_inverse_weights_make_classes_count_alike() -> None:
    weights = inverse(1.0)(TARGETS, INCLUDED).weights
    assert TARGETS.T @ weights[:, 0] == pytest.approx([3, 3, 3])
    assert TARGETS.T @ weights[:, 1] == pytest.approx([4, 4, 0])


def test_with_equal_classes_weights_change_nothing() -> None:
    even = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    weights = inverse(1.0)(even, np.ones((6, 1), np.float32)).weights
    assert weights == pytest.approx(np.ones((6, 1)))


def test_adjusting_adds_the_log_shares_of_what_a_problem_sees() -> None:
    shift = adjusted(TARGETS, INCLUDED).shift
    assert shift is not None
    assert np.exp(shift).sum(axis=1) == pytest.approx([1, 1])
    assert np.exp(shift[0]) == pytest.approx([7 / 12, 3 / 12, 2 / 12])
    assert np.exp(shift[1]) == pytest.approx([7 / 11, 3 / 11, 1 / 11])


def test_smoothing_spreads_a_tenth() -> None:
    targets = smoothed(TARGETS, INCLUDED).targets
    assert targets.sum(axis=1) == pytest.approx(np.ones(9))
    assert targets[0] == pytest.approx([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])


def test_the_focal_loss_is_minimised() -> None:
    """No step from the solution lowers the loss, written out anew here."""
    rng = np.random.default_rng(0)
    design = rng.normal(size=(30, 4)).astype(np.float32)
    targets = np.eye(3)[rng.integers(3, size=30)].astype(np.float32)
    offsets = rng.normal(size=(30, 1, 3)).astype(np.float32)
    included, start = np.ones((30, 1), np.float32), np.zeros((4, 1, 3), np.float32)
    focus = focal(TARGETS, INCLUDED).focus
    solved = fit_many(design, offsets, targets, included, 1.0, start, 1e-7, focus=focus)

    def loss(weights: np.ndarray) -> float:
        logits = (offsets[:, 0] + design @ weights).astype(np.float64)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        own = (logs * targets).sum(axis=1)
        return float(-((1 - np.exp(own)) ** focus * own).sum() + 0.5 * (weights**2).sum())

    best = loss(solved[:, 0])
    assert best < loss(np.zeros((4, 3))) - 0.1
    for _ in range(200):
        assert loss(solved[:, 0] + 0.02 * rng.normal(size=(4, 3))) > best - 1e-4
    plain = fit_many(design, offsets, targets, included, 1.0, start)
    assert np.abs(plain - solved).max() > 0.05
