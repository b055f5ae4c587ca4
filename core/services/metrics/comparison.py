"""Predictions against a truth, with the images behind every cell of the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.models.calibration import with_temperature
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.label_review import Review, review
from core.services.metrics.judging import unseen_labels
from core.store.table_rows import in_words


class NothingToJudgeError(WinnowError):
    """A truth that is in order, but every image of it trained the model."""


@dataclass(frozen=True, eq=False)
class OfGroups:
    """Images of which a group of classes is known and no class: they count by groups alone.

    Attributes:
        rows: (g,) rows of the pool.
        nodes: (g,) the group, as a node of the class tree.
        probabilities: (g, K) float32 of the classes.
    """

    rows: np.ndarray
    nodes: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class Comparison:
    """An evaluation and what it was made from.

    Attributes:
        rows: (n,) int64 rows of the pool that took part.
        truth, guess: (n,) int64 indices into ``evaluation.labels``.
        left_out: images whose truth is known but that trained the model.
        probabilities: (n, K) float32 of the classes that were predicted.
        review: what counts of a truth that people brought; None for labels.
        groups: images beside these of which a group alone is known; None for none.
    """

    evaluation: Evaluation
    rows: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    left_out: int
    probabilities: np.ndarray
    review: Review | None = None
    groups: OfGroups | None = None

    def cell(self, true: str, predicted: str) -> list[int]:
        """Rows of the images that are ``true`` and were taken for ``predicted``.

        Raises:
            ValueError: one of the two is no class of the evaluation.
        """
        labels = self.evaluation.labels
        inside = (self.truth == labels.index(true)) & (self.guess == labels.index(predicted))
        return self.rows[inside].tolist()


def against_audit(predictions: Predictions) -> Comparison:
    """Random images, drawn uniformly, against models that did not see them: honest figures.

    Raises:
        WinnowError: no audit image has a class.
    """
    if len(predictions.audit) == 0:
        raise WinnowError(
            "No random image is labeled yet: label some on the Label page, where one image in five "
            "is drawn at random for this."
        )
    images = len(predictions.probabilities)
    judged = _unseen(predictions, predictions.audit, predictions.unseen, images)
    groups = _of_groups(predictions, predictions.audit_groups, predictions.unseen_groups)
    return replace(judged, groups=groups)


def against_labels(snapshot: Snapshot, predictions: Predictions) -> Comparison:
    """All labels against models that did not see them (cross-fitted).

    Most labels were asked for where the model was unsure, so these figures are biased.

    Raises:
        WinnowError: no label is of a class.
    """
    rows, unseen = unseen_labels(snapshot, predictions)
    own = predictions.human[rows] >= 0
    if not own.any():
        raise WinnowError("Every label so far names a group alone: give some images a class.")
    groups = _of_groups(predictions, rows[~own], unseen[~own])
    return replace(_unseen(predictions, rows[own], unseen[own]), groups=groups)


def _of_groups(
    predictions: Predictions, rows: np.ndarray, probabilities: np.ndarray
) -> OfGroups | None:
    """Images (g,) of which people gave the group, from (g, K) before the temperature."""
    if predictions.groups is None or not len(rows):
        return None
    calibrated = with_temperature(probabilities, predictions.temperature)
    return OfGroups(rows, predictions.groups[rows], calibrated)


def _unseen(
    predictions: Predictions,
    rows: np.ndarray,
    probabilities: np.ndarray,
    population: int | None = None,
) -> Comparison:
    truth = predictions.human[rows]
    calibrated = with_temperature(probabilities, predictions.temperature)
    evaluation = evaluate(truth, calibrated, predictions.names, population=population)
    return Comparison(evaluation, rows, truth, calibrated.argmax(axis=1), 0, calibrated)


def against_truth(
    snapshot: Snapshot, predictions: Predictions, truth: Mapping[str, str]
) -> Comparison:
    """A truth against the predictions; images that trained the model are left out.

    A true class that is not predicted counts as missed. A group of classes as truth counts by
    groups alone.

    Args:
        truth: relative path → class, in any spelling of it; paths of no usable image and images
            that it says two things of take no part.

    Raises:
        NothingToJudgeError: every image of the truth trained the model.
        WinnowError: no path is an image.
    """
    seen = review(snapshot, truth)
    if not seen.labels:
        snapshot.match(truth, " of the truth file")
        raise WinnowError(
            f"No row of the truth file counts ({in_words(seen.rejected)}): correct them first."
        )
    by_row = seen.labels
    taught, tree = predictions.labeled, snapshot.tree
    left = {row: label for row, label in by_row.items() if not taught[row]}
    nodes = {row: tree.number.get(label, -1) for row, label in left.items()}
    judged = {row: label for row, label in left.items() if nodes[row] < tree.leaves}
    if left and not judged:
        raise WinnowError(
            "The truth names groups of classes and no class: bring the classes of some images."
        )
    if not judged:
        raise NothingToJudgeError(
            "Every image whose truth is known is labeled, and labels train the model: nothing is "
            "left to judge it by. Compare with random images, or bring the truth of more images."
        )
    names = predictions.names + sorted(set(judged.values()) - set(predictions.names))
    index = {name: number for number, name in enumerate(names)}
    rows = np.fromiter(judged, dtype=np.int64, count=len(judged))
    expected = np.array([index[label] for label in judged.values()])
    probabilities = predictions.probabilities[rows]
    unpredicted = len(names) - len(predictions.names)
    alone = np.array([row for row in left if row not in judged], dtype=np.int64)
    groups = None
    if len(alone):
        of = np.array([nodes[row] for row in alone.tolist()])
        groups = OfGroups(alone, of, predictions.probabilities[alone])
    return Comparison(
        evaluate(expected, np.pad(probabilities, ((0, 0), (0, unpredicted))), names),
        rows,
        expected,
        probabilities.argmax(axis=1),
        len(by_row) - len(left),
        probabilities,
        seen,
        groups,
    )
