"""Confusion matrices that can be read: of very many classes those of groups, or of one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.learn.tree.class_tree import ClassTree
from core.services.metrics.comparison import Comparison

MANY = 60
"""Classes above which nobody reads a matrix of all of them."""
_MIXED = 40
ELSEWHERE = "(elsewhere)"


@dataclass(frozen=True, eq=False)
class Matrix:
    """Images by what they are and what they were taken for.

    Attributes:
        labels: (L,) names of the rows and columns.
        counts: (L, L) int64 images, the truth in rows.
        places: (M,) of each label of the comparison, the number of its row; -1 for none.
    """

    labels: Sequence[str]
    counts: np.ndarray
    places: np.ndarray

    def cell(self, compared: Comparison, true: str, predicted: str) -> list[int]:
        """Rows of the pool that are in one cell."""
        row, column = self.labels.index(true), self.labels.index(predicted)
        inside = (self.places[compared.truth] == row) & (self.places[compared.guess] == column)
        return compared.rows[inside].tolist()


def whole(compared: Comparison) -> Matrix:
    """All classes."""
    labels = compared.evaluation.labels
    return Matrix(labels, np.asarray(compared.evaluation.counts), np.arange(len(labels)))


def of_groups(compared: Comparison, tree: ClassTree) -> Matrix:
    """The groups at the top, and classes that are in none."""
    tops = [tree.path(leaf)[0] for leaf in range(tree.leaves)]
    kinds = list(dict.fromkeys(tops))
    names = [tree.names[node] for node in kinds]
    places = [kinds.index(top) for top in tops]
    extra = compared.evaluation.labels[tree.leaves :]  # of a truth, and no class of the question
    places += range(len(names), len(names) + len(extra))
    return _merged(compared, [*names, *extra], np.array(places))


def of_group(compared: Comparison, tree: ClassTree, group: str) -> Matrix:
    """What is right below one group, and all else as one."""
    node = tree.number[group]
    below = [child for child in tree.children(node) if tree.holds[child].any()]
    places = np.full(len(compared.evaluation.labels), len(below))
    for place, child in enumerate(below):
        places[: tree.leaves][tree.holds[child]] = place
    made = _merged(compared, [*(tree.names[child] for child in below), ELSEWHERE], places)
    made.counts[-1, -1] = 0  # of no concern to this group
    return made


def most_mixed(compared: Comparison) -> Matrix:
    """The classes with most mistakes, and all others as one."""
    counts = np.asarray(compared.evaluation.counts)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    most = np.sort(np.argsort(-wrong, kind="stable")[:_MIXED])
    places = np.full(len(counts), len(most))
    places[most] = np.arange(len(most))
    names = [compared.evaluation.labels[number] for number in most]
    return _merged(compared, [*names, ELSEWHERE], places)


def _merged(compared: Comparison, labels: list[str], places: np.ndarray) -> Matrix:
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (places[compared.truth], places[compared.guess]), 1)
    return Matrix(labels, counts, places)
