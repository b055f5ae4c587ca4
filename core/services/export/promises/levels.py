"""Levels of precision: of all that is sorted, and of classes and groups with one of their own.

Each node of the class tree with a level, and the root for the level of all, has a family of images:
those whose class lies in it. An image is put in the deepest class or group of its family's part of
the tree that reaches the family's threshold; where none does, the next family around takes it, up
to the group below which it is no longer its own. So an unsure image of a class with a level of its
own backs off to the group around it, under the level of that group or of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.learn.promises.branches import branch_threshold
from core.learn.promises.outlook import labels_needed
from core.learn.promises.thresholds import Threshold, carried, precision_threshold
from core.learn.tree.class_tree import REVIEW, ClassTree
from core.services.export.promises.evidence import Chains, Judged
from core.services.export.promises.parts import Part, rounded
from core.services.export.promises.request import Request


@dataclass(frozen=True, eq=False)
class Family:
    """The images whose class lies in one node with a level.

    Attributes:
        name: of the node; "" for all.
        level: the share right.
        node: its number; -1 for all.
        starts, stops: (K,) which levels of the chains of images of each class belong to it, from
            and up to without; equal where none does.
    """

    name: str
    level: float
    node: int
    starts: np.ndarray
    stops: np.ndarray

    @cached_property
    def leaves(self) -> np.ndarray:
        """(n,) classes whose images it has."""
        return np.flatnonzero(self.starts < self.stops)

    def rows(self, of: Chains) -> np.ndarray:
        """(N,) bool, images that it has."""
        return (self.starts < self.stops)[of.leaf]

    def cut(
        self, values: np.ndarray, of: Chains, rows: np.ndarray, behind: float = 0.0
    ) -> np.ndarray:
        """(n, L) its part of chain values (N, L) of some rows, moved to the front."""
        starts, stops = self.starts[of.leaf[rows]], self.stops[of.leaf[rows]]
        width = int((self.stops - self.starts).max(initial=1))
        at = starts[:, None] + np.arange(width)
        inside = at < stops[:, None]
        taken = np.take_along_axis(values[rows], np.minimum(at, values.shape[1] - 1), axis=1)
        return np.where(inside, taken, np.asarray(behind, values.dtype))


def families(tree: ClassTree, request: Request) -> list[Family]:
    """Those of a request: nodes with a level of their own as asked, the rest last."""
    own = {tree.number[name]: level for name, level in request.classes}
    result = [_family(tree, name, level, tree.number[name], own) for name, level in request.classes]
    if request.level is not None:
        result.append(_family(tree, "", request.level, -1, own))
    return [family for family in result if len(family.leaves)]


def _family(tree: ClassTree, name: str, level: float, node: int, own: dict[int, float]) -> Family:
    starts, stops = np.zeros(tree.leaves, np.intp), np.zeros(tree.leaves, np.intp)
    for leaf in range(tree.leaves):
        path = tree.path(leaf)
        if node >= 0 and node not in path:
            continue
        start = path.index(node) if node >= 0 else 0
        deeper = [d for d in range(start, len(path)) if path[d] in own and path[d] != node]
        starts[leaf], stops[leaf] = start, deeper[0] if deeper else len(path)
    return Family(name, level, node, starts, stops)


def part_of(
    family: Family,
    names: Sequence[str],
    tree: ClassTree,
    seen: Judged,
    now: Chains,
    waiting: np.ndarray,
    risk: float,
    unanswered: int,
) -> Part:
    """What can be promised of a family.

    Args:
        seen: the audit images.
        now: of the images of the pool; waiting: (N,) those to sort.
    """
    audits = np.flatnonzero(family.rows(seen.chains))
    sure = family.cut(seen.chains.sure, seen.chains, audits)
    right = family.cut(seen.right, seen.chains, audits)
    rows = np.flatnonzero(waiting & family.rows(now))
    confidence = family.cut(now.sure, now, rows)[:, 0]
    threshold = _threshold(sure, right, family.level, risk)
    value = rounded(carried(threshold, len(audits), confidence))
    more: int | None = 0
    if value is None and len(confidence):
        placed = _placed_right(sure, right, family.level)
        more = labels_needed(confidence, sure[:, 0], placed, family.level, risk)
        # Of all random images only so many are predicted to be of these classes.
        share = len(rows) / max(int(waiting.sum()), 1)
        more = None if more is None else round(more / share)
        more = None if more is None or more > unanswered else more
    if not len(confidence):
        value = 0.0 if value is None else value  # nothing to sort, so nothing can be wrong
    return Part(
        _own_classes(family, tree, names), family.level, value, threshold.images, threshold.wrong,
        more, name=family.name, by_group=_by_group(family, tree),
    )  # fmt: skip


def _threshold(sure: np.ndarray, right: np.ndarray, level: float, risk: float) -> Threshold:
    if sure.shape[1] == 1:
        return precision_threshold(sure[:, 0], right[:, 0], level, risk)
    return branch_threshold(sure, right, level, risk)


def _placed_right(sure: np.ndarray, right: np.ndarray, level: float) -> np.ndarray:
    """(m,) whether audit images are right where they are placed at a threshold like the level."""
    if sure.shape[1] == 1:
        return right[:, 0]
    depth = (sure >= level).sum(axis=1)
    return right[np.arange(len(right)), np.maximum(depth - 1, 0)] & (depth > 0)


def _own_classes(family: Family, tree: ClassTree, names: Sequence[str]) -> tuple[str, ...]:
    """Classes whose folders the level is of: all of the family, but for those with their own."""
    whole = family.stops[family.leaves] == tree.depths[family.leaves] + 1
    return tuple(names[leaf] for leaf in family.leaves[whole].tolist())


def _by_group(family: Family, tree: ClassTree) -> tuple[str, ...]:
    """Classes and groups with a level of their own that count by the group around them."""
    inner: dict[str, None] = {}
    for leaf in family.leaves.tolist():
        path = tree.path(leaf)
        if family.stops[leaf] < len(path):
            inner[tree.names[path[family.stops[leaf]]]] = None
    return tuple(inner)


def placed(
    pairs: Sequence[tuple[Family, Part]], tree: ClassTree, now: Chains, waiting: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where images are put, and by which part.

    Returns:
        (N,) nodes: `REVIEW` for what no part lets in, the class where no part has a say; and (N,)
        the number of the pair that let each image in, or of the innermost that did not, -1: none.
    """
    nodes, by = now.leaf.copy(), np.full(len(now.leaf), -1)
    open_ = waiting.copy()
    deepest = sorted(
        range(len(pairs)),
        key=lambda n: -1 if pairs[n][0].node < 0 else int(tree.depths[pairs[n][0].node]),
        reverse=True,
    )
    for number in deepest:
        family, part = pairs[number]
        rows = np.flatnonzero(open_ & family.rows(now))
        least = np.inf if part.threshold is None else part.threshold
        depth = (family.cut(now.sure, now, rows, behind=-1.0) >= least).sum(axis=1)
        first = by[rows] < 0
        by[rows[first]] = number
        nodes[rows[first]] = REVIEW
        let_in = depth > 0
        at = (family.starts[now.leaf[rows]] + depth - 1)[let_in]
        rows = rows[let_in]
        nodes[rows], by[rows], open_[rows] = now.nodes[rows, at], number, False
    return nodes, by
