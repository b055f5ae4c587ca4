"""The threshold for classes in groups: as without where there are none, and its promise holds."""

import numpy as np
import pytest

from core.learn.promises.branches import branch_threshold
from core.learn.promises.thresholds import precision_threshold
from core.learn.tree.class_tree import ClassTree

TREE = ClassTree.of(list("abcdef"), dict.fromkeys("ab", "x") | dict.fromkeys("cd", "y"))


def drawn(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities that confuse classes within groups more than between them."""
    spread = np.full((6, 6), 0.08) + np.kron(np.eye(3), np.full((2, 2), 0.6)) + 4 * np.eye(6)
    chances = np.array([random.dirichlet(row) for row in spread[random.integers(0, 6, count)]])
    truth = np.array([random.choice(6, p=row) for row in chances])
    return chances, truth


def of_tree(chances: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    nodes, sure = TREE.surest(chances)
    right = np.stack([TREE.right(level, truth) for level in nodes.T], axis=1)
    return sure, right


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("seed", range(6))
def test_with_one_level_it_is_the_threshold_without_groups(level: float, seed: int) -> None:
    chances, truth = drawn(np.random.default_rng(seed), 150)
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    assert branch_threshold(confidence[:, None], right[:, None], level) == precision_threshold(
        confidence, right, level
    )


def test_the_promise_holds_and_more_images_are_sorted_than_without_groups() -> None:
    random = np.random.default_rng(3)
    broken, with_groups, without = 0, [], []
    everything, labels = drawn(random, 4_000)
    for _ in range(120):
        rows = random.choice(len(labels), 200, replace=False)
        threshold = branch_threshold(*of_tree(everything[rows], labels[rows]), 0.95)
        flat = precision_threshold(
            everything[rows].max(axis=1), everything[rows].argmax(axis=1) == labels[rows], 0.95
        )
        if threshold.value is not None:
            placed = TREE.placed(everything, threshold.value)
            inside = placed >= 0
            broken += TREE.right(placed, labels)[inside].mean() < 0.95
            with_groups.append(inside.mean())
        if flat.value is not None:
            without.append((everything.max(axis=1) >= flat.value).mean())
    assert broken <= 0.05 * 120 + 4
    assert np.sum(with_groups) > 1.15 * np.sum(without)


def test_nothing_is_promised_of_too_few() -> None:
    chances, truth = drawn(np.random.default_rng(0), 40)
    assert branch_threshold(*of_tree(chances, truth), 0.95).value is None
    assert branch_threshold(np.empty((0, 2)), np.empty((0, 2), bool), 0.95).value is None


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        branch_threshold(np.ones((3, 2)), np.ones((3, 1), bool), 0.9)
