"""Labels of groups of classes: learned from as far as they go, and never contradicted."""

from __future__ import annotations

import numpy as np

from core.learn.models.base import Prediction
from core.learn.models.learner import Learner
from core.learn.models.softmax import softmax
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot

_ROUNDS = 2  # steps of expectation-maximization; a third changes next to nothing


def fitted(learner: Learner, snapshot: Snapshot, logits: np.ndarray) -> Prediction:
    """Learn from all labels of a snapshot, those of groups too; there is one at least.

    Judged unseen are the audit images that have a class, then those that have a group.

    A label of a group says that one of its classes is right. It is spread over them as the prompts
    believe, then as the model of that does.

    Args:
        logits: (N, K) of the prompts alone.
    """
    nodes, human = snapshot.nodes, snapshot.human
    rows = np.flatnonzero(nodes >= 0)
    if (human[rows] >= 0).all():
        return learner.fit(rows, human[rows], judged=snapshot.audit)
    believed = softmax(logits[rows])
    judged = np.concatenate([snapshot.audit, snapshot.audit_groups])
    for turn in range(_ROUNDS):
        shares = snapshot.tree.shares(nodes[rows], believed)
        last = turn == _ROUNDS - 1
        prediction = learner.fit(rows, human[rows], judged=judged if last else None, shares=shares)
        believed = prediction.probabilities[rows]
    return prediction


def cross_fitted(
    learner: Learner, snapshot: Snapshot, predictions: Predictions
) -> tuple[np.ndarray, np.ndarray]:
    """Labeled rows (m,), rising, and (m, K) probabilities of each by a model that did not see it.

    Args:
        predictions: what labels of groups are spread by.
    """
    rows, human = np.flatnonzero(predictions.labeled), predictions.human
    if predictions.groups is None:
        return rows, learner.cross_fitted(rows, human[rows], rows)
    nodes = np.where(human >= 0, human, predictions.groups)[rows]
    shares = snapshot.tree.shares(nodes, predictions.probabilities[rows])
    return rows, learner.fit(rows, human[rows], judged=rows, shares=shares).unseen


def within(snapshot: Snapshot, probabilities: np.ndarray) -> np.ndarray:
    """(N, K) probabilities of which those of an image that has a group lie within that group."""
    rows = np.flatnonzero(snapshot.nodes >= len(snapshot.names))
    if not len(rows):
        return probabilities
    result = probabilities.copy()
    result[rows] = snapshot.tree.shares(snapshot.nodes[rows], probabilities[rows])
    return result
