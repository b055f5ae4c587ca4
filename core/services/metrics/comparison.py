"""Predictions against a truth, with the images behind every cell of the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.models.calibration import with_temperature
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError


@dataclass(frozen=True, eq=False)
class Comparison:
    """An evaluation and what it was made from.

    Attributes:
        rows: (n,) rows of the pool that took part.
        truth, guess: (n,) indices into ``evaluation.labels``.
        left_out: images whose truth is known but that trained the model.
        probabilities: (n, K) float32 of the vocabulary's classes.
    """

    evaluation: Evaluation
    rows: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    left_out: int
    probabilities: np.ndarray

    def cell(self, true: str, said: str) -> list[int]:
        """Rows of the images that are ``true`` and were taken for ``said``."""
        labels = self.evaluation.labels
        inside = (self.truth == labels.index(true)) & (self.guess == labels.index(said))
        return self.rows[inside].tolist()


def against_audit(predictions: Predictions) -> Comparison:
    """Audit labels, drawn uniformly, against models that did not see them: honest figures.

    WinnowError while no audit image has a class.
    """
    if len(predictions.audit) == 0:
        raise WinnowError(
            "No audit image is labeled yet: label some on the Label page, where one image in five "
            "is drawn at random for this."
        )
    return _unseen(predictions, predictions.audit, predictions.unseen)


def against_labels(
    project: Project, vocabulary: Vocabulary, predictions: Predictions
) -> Comparison:
    """All labels against models that did not see them (cross-fitted).

    Most labels were asked for where the model was unsure, so these figures are biased.
    """
    rows = np.flatnonzero(predictions.human >= 0)
    learner = project.learner(vocabulary)
    return _unseen(predictions, rows, learner.cross_fitted(rows, predictions.human[rows], rows))


def _unseen(predictions: Predictions, rows: np.ndarray, probabilities: np.ndarray) -> Comparison:
    truth = predictions.human[rows]
    calibrated = with_temperature(probabilities, predictions.temperature)
    evaluation = evaluate(truth, calibrated, predictions.names)
    return Comparison(evaluation, rows, truth, calibrated.argmax(axis=1), 0, calibrated)


def against_truth(
    project: Project, predictions: Predictions, truth: Mapping[str, str]
) -> Comparison:
    """A truth by path against the predictions; WinnowError when nothing can be compared."""
    evaluation, left_out = project.evaluate(predictions, truth)
    index = {name: i for i, name in enumerate(evaluation.labels)}
    rows_of = project.pool().row_of_path()
    known = {
        rows_of[path]: index[label]
        for path, label in truth.items()
        if path in rows_of and predictions.human[rows_of[path]] < 0
    }
    rows = np.fromiter(known, dtype=np.int64, count=len(known))
    probabilities = predictions.probabilities[rows]
    truth_index = np.array(list(known.values()))
    return Comparison(
        evaluation, rows, truth_index, probabilities.argmax(axis=1), left_out, probabilities
    )
