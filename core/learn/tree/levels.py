"""How good predictions are at each level of a tree: the classes, and the groups above them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.tree.class_tree import ClassTree


def levels(
    tree: ClassTree, truth: NDArray[np.integer], probabilities: NDArray[np.floating]
) -> list[Evaluation]:
    """Judge predictions on every level above the classes, the top first; none without groups.

    What is told apart on a level are its groups, and the classes that stand less deep.

    Args:
        truth: (n,) class of each image.
        probabilities: (n, K).
    """
    sums = tree.sums(probabilities)
    result = []
    for depth in range(int(tree.depths[: tree.leaves].max(initial=0))):
        at = np.array([_cut(tree, leaf, depth) for leaf in range(tree.leaves)])
        nodes = list(dict.fromkeys(at.tolist()))
        place = {node: number for number, node in enumerate(nodes)}
        of_leaf = np.array([place[node] for node in at.tolist()])
        names = [tree.names[node] for node in nodes]
        result.append(evaluate(of_leaf[truth], sums[:, nodes], names))
    return result


def _cut(tree: ClassTree, leaf: int, depth: int) -> int:
    path: Sequence[int] = tree.path(leaf)
    return path[min(depth, len(path) - 1)]
