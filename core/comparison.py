"""Predictions against a truth, with the images behind every cell of the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.crossfit import held_out
from core.learn.metrics import Evaluation, evaluate
from core.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Comparison:
    """An evaluation and what it was made from.

    Attributes:
        rows: (n,) rows of the pool that took part.
        truth, guess: (n,) indices into ``evaluation.labels``.
        left_out: images whose truth is known but that trained the model.
    """

    evaluation: Evaluation
    rows: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    left_out: int

    def cell(self, true: str, said: str) -> list[int]:
        """Rows of the images that are ``true`` and were taken for ``said``."""
        labels = self.evaluation.labels
        inside = (self.truth == labels.index(true)) & (self.guess == labels.index(said))
        return self.rows[inside].tolist()


def against_labels(
    project: Project, vocabulary: Vocabulary, predictions: Predictions
) -> Comparison:
    """Labels against models that did not see them (cross-fitted)."""
    logits = project.zero_shot(vocabulary).logits
    rows, probabilities = held_out(project.pool(), predictions, logits)
    truth = predictions.human[rows]
    evaluation = evaluate(truth, probabilities, predictions.names)
    return Comparison(evaluation, rows, truth, probabilities.argmax(axis=1), 0)


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
    guess = predictions.probabilities[rows].argmax(axis=1)
    return Comparison(evaluation, rows, np.array(list(known.values())), guess, left_out)
