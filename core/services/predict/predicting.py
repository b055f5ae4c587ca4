"""From prompts and labels to predictions, and to what the audit images say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.learn.asking.audit import prefix
from core.learn.judging.curve import Gain, expected_gain, ladder
from core.learn.judging.estimates import Estimates, estimate
from core.learn.models.calibration import fit_temperature, with_temperature
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary

_LEAST_AUDIT = 10  # audit labels from which the temperature is fitted


@dataclass(frozen=True, eq=False)
class Standing:
    """The labels of a pool, by row.

    Attributes:
        human: (N,) int, the class that people gave, -1 for none.
        outside: labeled images whose class is not in the vocabulary.
        audited: rows of the audit sample, in the order of the stream, with or without a class.
        order: (n,) rows that have a class, in the order in which they got it.
    """

    human: np.ndarray
    outside: int
    audited: np.ndarray
    order: np.ndarray

    @property
    def audit(self) -> np.ndarray:
        """Rows of the audit sample that have a class."""
        return self.audited[self.human[self.audited] >= 0]


def standing(
    project: Project, vocabulary: Vocabulary, extra: Mapping[str, str] | None = None
) -> Standing:
    """Read the labels that count; ``extra`` (image id → class) outranks the stored ones."""
    pool, index = project.pool(), {name: i for i, name in enumerate(vocabulary.names)}
    current = {i: label for i, label in project.labels.current().items() if i in pool.rows}
    given = {i: (label.time, label.label) for i, label in current.items() if label.label}
    given |= {i: (np.inf, label) for i, label in (extra or {}).items() if i in pool.rows}
    human = np.full(len(pool), -1, dtype=np.int64)
    order, outside = [], 0
    for image_id, (when, name) in given.items():
        if name in index:
            human[pool.rows[image_id]] = index[name]
            order.append((when, pool.rows[image_id]))
        else:
            outside += 1
    answered = np.array([pool.rows[i] for i in {*current, *given}], dtype=np.intp)
    audited = prefix(project.audit_stream(), answered)
    return Standing(human, outside, audited, np.array([r for _, r in sorted(order)], np.intp))


def predict(
    project: Project, vocabulary: Vocabulary, refined: bool, extra: Mapping[str, str]
) -> Predictions:
    """Predict every image of the pool; see ``Project.predict``."""
    zero = project.zero_shot(vocabulary, refined)
    known = standing(project, vocabulary, extra)
    rows = np.flatnonzero(known.human >= 0)
    temperature, learned = 1.0, None
    if len(rows) == 0:
        # Prompts alone need no neighbours, so nobody waits for them.
        from core.learn.models.softmax import softmax

        probabilities = softmax(zero.logits)
    else:
        learner = project.learner(vocabulary, refined)
        learned = learner.fit(rows, known.human[rows], judged=known.audit)
        probabilities = learned.probabilities
        if len(known.audit) >= _LEAST_AUDIT:
            temperature = fit_temperature(learned.unseen, known.human[known.audit])
            probabilities = with_temperature(probabilities, temperature)
    assigned = np.where(known.human >= 0, known.human, probabilities.argmax(axis=1))
    return Predictions(
        vocabulary.names,
        probabilities,
        zero.scores,
        known.human,
        assigned,
        "model" if learned else "prompt",
        known.outside,
        zero.log,
        temperature,
        learned.clusters if learned else None,
        known.audit,
        learned.unseen if learned else probabilities[known.audit],
    )


def estimates(
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    target: float,
    between: Callable[[], None],
) -> Estimates | None:
    """What the audit images say of predictions; see ``Project.estimates``."""
    known, audit = standing(project, vocabulary), predictions.audit
    if len(audit) == 0:
        return None
    return estimate(
        predictions.human[audit],
        predictions.unseen,
        vocabulary.names,
        len(known.human),
        len(known.audited) - len(known.audit),
        target,
        _gain(project, vocabulary, known.order, predictions, between),
    )


def _gain(
    project: Project,
    vocabulary: Vocabulary,
    order: np.ndarray,
    predictions: Predictions,
    between: Callable[[], None],
) -> Gain | None:
    """Look back at models of the first labels, judged on the same audit images."""
    # Labels that came while the model was fitted are not in it.
    order = order[predictions.human[order] >= 0]
    human, audit = predictions.human, predictions.audit
    counts, truth = ladder(len(order)), human[audit]
    learner, right = project.learner(vocabulary), [predictions.unseen.argmax(axis=1) == truth]
    if len(counts) < 3:
        return None
    for count in counts[-2::-1]:
        between()
        rows = order[:count]
        earlier = learner.cross_fitted(rows, human[rows], audit)
        right.append(earlier.argmax(axis=1) == truth)
    return expected_gain(counts, np.stack(right[::-1], axis=1))
