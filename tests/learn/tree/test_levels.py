"""Metrics of each level of a tree."""

import numpy as np

from core.learn.judging.metrics import evaluate
from core.learn.tree.class_tree import ClassTree
from core.learn.tree.levels import levels

LEAVES = ["apple", "pear", "leek", "milk"]
TREE = ClassTree.of(LEAVES, {"apple": "fruit", "pear": "fruit", "fruit": "fresh", "leek": "fresh"})


def test_each_level_is_judged_with_the_groups_that_hold_the_classes() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(4), 300)
    truth = random.integers(0, 4, 300)
    top, middle = levels(TREE, truth, probabilities)
    assert top.labels == ["fresh", "milk"] and middle.labels == ["fruit", "leek", "milk"]
    sums = np.stack([probabilities[:, :3].sum(axis=1), probabilities[:, 3]], axis=1)
    assert top.accuracy == ((sums.argmax(axis=1) == 1) == (truth == 3)).mean()
    flat = evaluate(truth, probabilities, LEAVES)
    assert top.accuracy >= middle.accuracy >= flat.accuracy


def test_without_groups_there_is_no_other_level() -> None:
    assert levels(ClassTree.of(LEAVES, {}), np.array([0]), np.eye(4)[:1]) == []


def test_a_group_alone_counts_where_it_says_something() -> None:
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(4), 40)
    truth = random.integers(0, 4, 40)
    fresh, fruit = TREE.number["fresh"], TREE.number["fruit"]
    more = random.dirichlet(np.ones(4), 10)
    nodes = np.array([fresh] * 5 + [fruit] * 5)
    top, middle = levels(
        TREE, np.concatenate([truth, nodes]), np.concatenate([probabilities, more])
    )
    assert (top.n, middle.n) == (50, 45)
    inside = more[:, :3].sum(axis=1) > 0.5
    alone = levels(TREE, truth, probabilities)[0]
    assert round(top.accuracy * 50) == round(alone.accuracy * 40) + int(inside.sum())
    assert [one.n for one in levels(TREE, nodes[:5], more[:5])] == [5]
