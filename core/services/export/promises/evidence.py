"""What random images say of predictions, and which images wait to be sorted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.calibration import with_temperature
from core.learn.predictions import Predictions
from core.learn.tree.class_tree import ClassTree
from core.project.label_rows import NONE, UNUSABLE
from core.project.snapshot import Snapshot
from core.services.export.promises import reasons


@dataclass(frozen=True, eq=False)
class Chains:
    """What images are given, from the topmost group down to the class.

    Attributes:
        nodes: (n, L) of the class tree, -1 below a class.
        sure: (n, L) float64 their probabilities, falling along a row, 0 below a class.
        leaf: (n,) the class.
    """

    nodes: np.ndarray
    sure: np.ndarray
    leaf: np.ndarray


def chains(tree: ClassTree, probabilities: np.ndarray) -> Chains:
    """The chains of images with probabilities (n, K)."""
    rows = np.arange(len(probabilities))
    if tree.is_flat:
        leaf = probabilities.argmax(axis=1)
        return Chains(leaf[:, None], probabilities[rows, leaf].astype(float)[:, None], leaf)
    nodes, sure = tree.surest(probabilities)
    return Chains(nodes, sure, nodes[rows, (nodes >= 0).sum(axis=1) - 1])


@dataclass(frozen=True, eq=False)
class Judged:
    """Audit images.

    Attributes:
        probabilities: (m, K).
        truth: (m,) their classes, -1 for none.
        chains: what they would be given.
        right: (m, L) which nodes of the chains hold what is true.
    """

    probabilities: np.ndarray
    truth: np.ndarray
    chains: Chains
    right: np.ndarray

    def of(self, some: np.ndarray) -> Judged:
        """Some of them, (m,) bool."""
        if some.all():
            return self
        part = Chains(self.chains.nodes[some], self.chains.sure[some], self.chains.leaf[some])
        return Judged(self.probabilities[some], self.truth[some], part, self.right[some])


def judged(snapshot: Snapshot, predictions: Predictions) -> Judged:
    """The audit images of a snapshot.

    Those with a class, or a group, are judged by models that did not see it. Of those that are of
    none the class is -1: whatever is predicted counts as wrong. So it is where a person knew the
    group alone, but for that group and what holds it: those are right.
    """
    audit, groups = predictions.audit, predictions.audit_groups
    strays = _strays(snapshot, predictions)
    probabilities = np.concatenate([
        _calibrated(predictions, audit, predictions.unseen),
        _calibrated(predictions, groups, predictions.unseen_groups),
        predictions.probabilities[strays],
    ])  # fmt: skip
    none, tree = np.full(len(strays), -1), snapshot.tree
    truth = np.concatenate([predictions.human[audit], np.full(len(groups), -1), none])
    nodes = truth
    if predictions.groups is not None:
        nodes = np.concatenate([predictions.human[audit], predictions.groups[groups], none])
    ranked = chains(tree, probabilities)
    right = np.stack([_right(tree, level, nodes) for level in ranked.nodes.T], axis=1)
    return Judged(probabilities, truth, ranked, right)


def _calibrated(predictions: Predictions, rows: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """(n, K) of audit images (n,) from what models say that did not see them."""
    if not len(rows):
        return predictions.probabilities[:0]
    return with_temperature(unseen, predictions.temperature)


def _right(tree: ClassTree, nodes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    # Of a thousand classes without groups no table of who holds whom is made.
    return nodes == truth if tree.is_flat else tree.right(nodes, truth)


def perhaps(snapshot: Snapshot, predictions: Predictions, columns: np.ndarray) -> int:
    """Audit images of which a group alone is known, that holds some of the classes and others."""
    if predictions.groups is None:
        return 0
    held = snapshot.tree.holds[predictions.groups[predictions.audit_groups]]
    inside = np.isin(np.arange(held.shape[1]), columns)
    return int(held[:, inside].any(axis=1).sum())


def _strays(snapshot: Snapshot, predictions: Predictions) -> np.ndarray:
    """(n,) rows of audit images that are of no class."""
    strays = snapshot.audited[unfit(snapshot)[snapshot.audited]]
    return strays[~predictions.labeled[strays]]


def unfit(snapshot: Snapshot) -> np.ndarray:
    """(N,) bool, images that people called none of the classes, or not usable."""
    return np.isin(snapshot.labels.codes, (NONE, UNUSABLE)) & (snapshot.nodes < 0)


def doubts_of_people(snapshot: Snapshot, predictions: Predictions) -> list[str | None]:
    """(N,) reasons; what people took out of all classes belongs into no folder."""
    out = unfit(snapshot) & (predictions.human < 0)
    return [reasons.UNFIT if one else None for one in out.tolist()]
