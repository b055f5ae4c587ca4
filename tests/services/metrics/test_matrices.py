"""Confusion matrices of very many classes: each image in one cell, and cells give theirs."""

from __future__ import annotations

import numpy as np

from core.learn.judging.metrics import evaluate
from core.learn.tree.class_tree import ClassTree
from core.services.metrics import matrices
from core.services.metrics.comparison import Comparison

NAMES = [f"class {n}" for n in range(100)]
TREE = ClassTree.of(NAMES, {name: f"group {n // 10}" for n, name in enumerate(NAMES[:95])})


def comparison(extra: int = 0) -> Comparison:
    random = np.random.default_rng(0)
    truth = random.integers(100 + extra, size=500)
    chances = random.dirichlet(np.ones(100), size=500).astype(np.float32)
    chances[::2, :] = 0
    chances[np.arange(0, 500, 2), np.minimum(truth[::2], 99)] = 1
    names = [*NAMES, *(f"other {n}" for n in range(extra))]
    evaluation = evaluate(truth, np.pad(chances, ((0, 0), (0, extra))), names)
    return Comparison(evaluation, np.arange(1000, 1500), truth, chances.argmax(axis=1), 0, chances)


def check(compared: Comparison, made: matrices.Matrix) -> None:
    """Cells hold as many images as they say."""
    for row, true in enumerate(made.labels):
        for column, predicted in enumerate(made.labels):
            if true == predicted == matrices.ELSEWHERE:
                continue
            assert len(made.cell(compared, true, predicted)) == made.counts[row, column]


def test_groups_first_then_the_classes_of_one() -> None:
    compared = comparison(extra=2)
    groups = matrices.of_groups(compared, TREE)
    single = [f"class {n}" for n in range(95, 100)]
    assert groups.labels == [*(f"group {n}" for n in range(10)), *single, "other 0", "other 1"]
    assert groups.counts.sum() == 500
    check(compared, groups)
    one = matrices.of_group(compared, TREE, "group 3")
    assert one.labels == [*NAMES[30:40], matrices.ELSEWHERE]
    assert one.counts[:10].sum() == ((compared.truth >= 30) & (compared.truth < 40)).sum()
    assert one.counts[-1, -1] == 0
    check(compared, one)
    inner = np.asarray(compared.evaluation.counts)[30:40, 30:40]
    np.testing.assert_array_equal(one.counts[:10, :10], inner)


def test_without_groups_the_classes_with_most_mistakes() -> None:
    compared = comparison()
    made = matrices.most_mixed(compared)
    assert len(made.labels) == 41 and made.counts.sum() == 500
    check(compared, made)
    counts = np.asarray(compared.evaluation.counts)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    inside = [NAMES.index(name) for name in made.labels[:-1]]
    assert wrong[inside].min() >= np.delete(wrong, inside).max()
    whole = matrices.whole(compared)
    check(compared, whole)
