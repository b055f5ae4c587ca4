"""A forest over classes: its leaves are what the model tells apart, its branches sums of leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MOST_LEVELS = 8
"""Levels of a tree, the leaves' among them."""
_CELLS = 1_000_000  # images times nodes that are worked on at once
REVIEW = -1
"""The place of an image that no node holds surely enough."""


@dataclass(frozen=True)
class ClassTree:
    """Leaves and the branches above them, as nodes with numbers.

    Attributes:
        names: (M,) of all nodes: the K leaves in the order of the classes, then the branches, each
            above all that it holds.
        parents: (M,) number of each node's branch; -1 where it has none.
        leaves: K.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    leaves: int

    @classmethod
    def of(cls, leaves: Sequence[str], parent_of: Mapping[str, str]) -> ClassTree:
        """From names.

        Args:
            leaves: (K,) names of the classes.
            parent_of: name of a leaf or branch → name of its branch; the others stand alone.

        Raises:
            ValueError: a branch is called like a leaf, holds itself, holds nothing, or lies deeper
                than `MOST_LEVELS`.
        """
        own, height_of = set(leaves), dict[str, int]()
        for leaf in leaves:
            name, height = parent_of.get(leaf), 0
            while name is not None:
                height += 1
                if name in own:
                    raise ValueError(f"{name!r} is a class and a group of classes")
                if height >= MOST_LEVELS:
                    raise ValueError(f"{name!r} holds itself or more than {MOST_LEVELS} levels")
                height_of[name] = max(height_of.get(name, 0), height)
                name = parent_of.get(name)
        if empty := [name for name in parent_of if name not in own and name not in height_of]:
            raise ValueError(f"{empty[0]!r} holds no class")
        names = [*leaves, *sorted(height_of, key=height_of.__getitem__)]
        number = {name: place for place, name in enumerate(names)}
        parents = (number[parent_of[name]] if name in parent_of else -1 for name in names)
        return cls(tuple(names), tuple(parents), len(leaves))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_flat(self) -> bool:
        """Whether there is no branch at all."""
        return len(self.names) == self.leaves

    @cached_property
    def number(self) -> dict[str, int]:
        """Name → number of each node."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def holds(self) -> NDArray[np.bool_]:
        """(M, K) whether a node holds a leaf; a leaf holds itself."""
        held = np.zeros((len(self), self.leaves), dtype=bool)
        held[: self.leaves] = np.eye(self.leaves, dtype=bool)
        for node in range(len(self)):
            if self.parents[node] >= 0:
                held[self.parents[node]] |= held[node]
        return held

    @cached_property
    def depths(self) -> NDArray[np.int64]:
        """(M,) branches above each node."""
        depths = np.zeros(len(self), dtype=np.int64)
        for node in range(len(self) - 1, -1, -1):
            if self.parents[node] >= 0:
                depths[node] = depths[self.parents[node]] + 1
        return depths

    def path(self, node: int) -> list[int]:
        """A node and the branches above it, the topmost first."""
        path = [node]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        return path[::-1]

    def children(self, node: int) -> list[int]:
        """Nodes right below a branch; -1: those with nothing above."""
        return [one for one in range(len(self)) if self.parents[one] == node]

    def sums(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, M) probability of every node, from those of the leaves (N, K)."""
        leaves = np.ascontiguousarray(probabilities.T)  # a node's in a row: quick to add
        sums = np.concatenate([leaves.astype(np.float64), self._branch_sums(leaves)])
        return np.ascontiguousarray(sums.T)

    def placed(
        self, probabilities: NDArray[np.floating], threshold: float | NDArray[np.floating]
    ) -> NDArray[np.int64]:
        """(N,) the deepest node that holds each image surely enough; `REVIEW` where none does.

        From the top, always into the most probable node, as long as that reaches the threshold.

        Args:
            probabilities: (N, K) of the leaves.
            threshold: least probability of a node, of all or (M,) of each.
        """
        nodes, sure = self.surest(probabilities)
        least = np.broadcast_to(np.asarray(threshold, dtype=float), len(self))
        enough = (nodes >= 0) & (sure >= least[nodes])
        depth = np.logical_and.accumulate(enough, axis=1).sum(axis=1)
        last = nodes[np.arange(len(nodes)), np.maximum(depth - 1, 0)]
        return np.where(depth > 0, last, REVIEW)

    def surest(
        self, probabilities: NDArray[np.floating]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The chain of nodes that `placed` walks down, and how sure each is.

        Args:
            probabilities: (N, K) of the leaves.

        Returns:
            (N, L) nodes from the top, -1 below a leaf, and (N, L) float64 probabilities, falling
            along a row. At threshold t, an image is placed in the last node that reaches t.
        """
        levels = int(self.depths.max(initial=0)) + 1
        nodes = np.full((len(probabilities), levels), -1, dtype=np.int64)
        sure = np.zeros((len(probabilities), levels))
        for block in self._blocks(len(probabilities)):
            self._walk(probabilities[block], nodes[block], sure[block])
        return nodes, sure

    def _walk(
        self,
        probabilities: NDArray[np.floating],
        nodes: NDArray[np.int64],
        sure: NDArray[np.float64],
    ) -> None:
        """Fill in the chains of some images."""
        leaves = np.ascontiguousarray(probabilities.T)  # a node's in a row, as in the branches
        branches = self._branch_sums(leaves)
        at = np.full(len(probabilities), -1, dtype=np.int64)
        for level in range(nodes.shape[1]):
            below = np.full(len(at), -2, dtype=np.int64)
            # All begin at the top; later only who is in a branch goes on, to its own nodes.
            for branch in np.unique(at[at >= self.leaves]) if level else [-1]:
                rows, here = np.flatnonzero(at == branch), self._children[branch]
                cut = np.searchsorted(here, self.leaves)
                held = np.concatenate(
                    [
                        leaves[np.ix_(here[:cut], rows)].astype(np.float64),
                        branches[np.ix_(here[cut:] - self.leaves, rows)],
                    ]
                )
                place = held.argmax(axis=0)
                most = held[place, np.arange(len(rows))]
                on = most >= 0  # not where it is no number
                below[rows[on]] = nodes[rows[on], level] = here[place[on]]
                sure[rows[on], level] = most[on]
            at = below

    @cached_property
    def _children(self) -> dict[int, NDArray[np.intp]]:
        """Branch → its nodes, rising; -1: those with nothing above."""
        parents = np.array(self.parents)
        return {n: np.flatnonzero(parents == n) for n in [-1, *range(self.leaves, len(self))]}

    def _branch_sums(self, leaves: NDArray[np.floating]) -> NDArray[np.float64]:
        """(M - K, N) probability of every branch, from those of the leaves (K, N)."""
        sums = np.zeros((len(self) - self.leaves, leaves.shape[1]))
        for node, above in enumerate(self.parents):
            if above >= 0:
                own = leaves[node] if node < self.leaves else sums[node - self.leaves]
                sums[above - self.leaves] += own
        return sums

    def lead(
        self, probabilities: NDArray[np.floating], nodes: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
        """(N,) how probable a node of each image is, and (N,) the likeliest leaf outside of it.

        Args:
            probabilities: (N, K) of the leaves.
            nodes: (N,) a node of each image.
        """
        own = np.empty(len(nodes))
        rival = np.empty(len(nodes), probabilities.dtype)
        for block in self._blocks(len(nodes)):
            own[block], rival[block] = self._lead(probabilities[block].copy(), nodes[block])
        return own, rival

    def _lead(
        self, part: NDArray[np.floating], of: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
        """`lead` of some images, whose probabilities it changes."""
        own = np.empty(len(of))
        at_leaf, in_branch = np.flatnonzero(of < self.leaves), np.flatnonzero(of >= self.leaves)
        if len(in_branch):
            sums = self._branch_sums(np.ascontiguousarray(part[in_branch].T))
            own[in_branch] = sums[of[in_branch] - self.leaves, np.arange(len(in_branch))]
            part[in_branch] = np.where(self.holds[of[in_branch]], 0, part[in_branch])
        own[at_leaf] = part[at_leaf, of[at_leaf]]
        part[at_leaf, of[at_leaf]] = 0
        return own, part.max(axis=1)

    def _blocks(self, images: int) -> list[slice]:
        """Rows that are worked on at once: with very many nodes a few, else all."""
        step = max(1, _CELLS // max(1, len(self)))
        return [slice(start, start + step) for start in range(0, images, step)]

    @cached_property
    def _above(self) -> NDArray[np.bool_]:
        """(M, M) whether the second node is the first or holds it."""
        return np.array([np.isin(np.arange(len(self)), self.path(n)) for n in range(len(self))])

    def right(self, nodes: NDArray[np.integer], truth: NDArray[np.integer]) -> NDArray[np.bool_]:
        """(n,) whether each node holds the leaf, or the branch, that is true; False for review."""
        held = self._above[np.maximum(truth, 0), np.maximum(nodes, 0)]
        return held & (nodes >= 0) & (truth >= 0)

    def shares(
        self, nodes: NDArray[np.integer], probabilities: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """(n, K) how labels of any node spread over the leaves, which a fit can learn from.

        A label of a branch says that one of its leaves is right, not which: it is spread as the
        model believes now, so repeated fits are steps of expectation-maximization (Dempster, Laird
        and Rubin 1977).

        Args:
            nodes: (n,) what people said of n images.
            probabilities: (n, K) what the model believes of them.
        """
        spread = np.where(self.holds[nodes], np.maximum(probabilities, 1e-9), 0.0)
        return spread / spread.sum(axis=1, keepdims=True)
