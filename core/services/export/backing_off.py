"""Where each image is put: in its class, or where that is unsure in a group that surely fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.predictions import Predictions
from core.learn.tree.class_tree import REVIEW
from core.project.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Places:
    """What each image is given, a class or a group.

    Attributes:
        names: (M,) classes, then groups.
        nodes: (N,) int, number of what each image is given.
        by_people: (N,) bool, a person gave exactly that.
        probability: (N,) float32, of that; 1 where a person gave it.
        margin: (N,) float32, its lead over the most probable class outside of it.
        ratio: (N,) float64, how many times as probable as that class it is.
    """

    names: tuple[str, ...]
    nodes: np.ndarray
    by_people: np.ndarray
    probability: np.ndarray
    margin: np.ndarray
    ratio: np.ndarray


def places(snapshot: Snapshot, predictions: Predictions, below: float | None) -> Places:
    """Put images in the deepest class or group that is probable enough.

    What people say stands: their class is the place, and an image that they gave a group is put in
    it or in a class of it. What is in no group surely enough stays in the most probable class.

    Args:
        predictions: of the snapshot's images; what they promise goes before ``below``.
        below: probability below which a class or group is not sure enough; None: all are, so that
            every image is put in a class.
    """
    key = (snapshot.pool.version, snapshot.classes, snapshot.labels.key, predictions, below)
    return snapshot.remember("places", key, lambda: _put(snapshot, predictions, below), keep=1)


def _put(snapshot: Snapshot, predictions: Predictions, below: float | None) -> Places:
    tree, human = snapshot.tree, predictions.human
    if tree.is_flat:
        return Places(
            tree.names, predictions.assigned, human >= 0, predictions.assigned_probability(),
            predictions.margin(), predictions.ratio(),
        )  # fmt: skip
    probabilities = predictions.probabilities
    placed = predictions.placed
    if placed is None:
        placed = tree.placed(probabilities, 0.0 if below is None else below)
    nodes = np.where(placed == REVIEW, predictions.assigned, placed)
    groups = np.where(snapshot.nodes >= tree.leaves, snapshot.nodes, -1)
    outside = (groups >= 0) & ~tree.right(groups, nodes)
    nodes = np.where(outside, groups, nodes)
    nodes = np.where(human >= 0, human, nodes)
    by_people = (human >= 0) | (groups == nodes)
    own, rival = tree.lead(probabilities, nodes)
    ratio = np.full(len(nodes), np.inf)
    np.divide(own, rival, out=ratio, where=~(rival == 0))
    return Places(
        tree.names,
        nodes,
        by_people,
        np.where(by_people, 1.0, own).astype(np.float32),
        np.where(by_people, 1.0, own - rival).astype(np.float32),
        np.where(by_people, np.inf, ratio),
    )
