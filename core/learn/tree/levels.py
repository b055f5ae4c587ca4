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

    What is told apart on a level are its groups, and the classes that stand less deep. An image of
    which a group alone is known counts where that group, or one around it, is told apart; a level
    of which no image says anything is left out.

    Args:
        truth: (n,) class or group of each image, as a node of the tree.
        probabilities: (n, K).
    """
    sums = tree.sums(probabilities)
    result = []
    for depth in range(int(tree.depths[: tree.leaves].max(initial=0))):
        nodes = list(dict.fromkeys(_cut(tree, leaf, depth) for leaf in range(tree.leaves)))
        place = {node: number for number, node in enumerate(nodes)}
        # A group that is cut further down on this level says nothing here.
        of_node = np.array([place.get(_cut(tree, n, depth), -1) for n in range(len(tree))])
        placed, names = of_node[truth] >= 0, [tree.names[node] for node in nodes]
        if placed.any():
            result.append(evaluate(of_node[truth[placed]], sums[placed][:, nodes], names))
    return result


def _cut(tree: ClassTree, node: int, depth: int) -> int:
    path: Sequence[int] = tree.path(node)
    return path[min(depth, len(path) - 1)]
