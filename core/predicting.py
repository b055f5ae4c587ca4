"""From prompts and labels to predictions, and to what the audit images say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.learn.audit import prefix
from core.learn.calibration import fit_temperature, with_temperature
from core.learn.curve import Gain, expected_gain, ladder
from core.learn.estimates import Estimates, estimate
from core.project import Predictions, Project, Source
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
    temperature, model = 1.0, "prompt"
    if len(rows) == 0:
        # Prompts alone need no neighbours, so nobody waits for them.
        from core.learn.softmax import softmax

        probabilities = softmax(zero.logits)
    else:
        learner, model = project.learner(vocabulary, refined), "model"
        probabilities = learner.fit(rows, known.human[rows]).probabilities
        if len(known.audit) >= _LEAST_AUDIT:
            unseen = learner.cross_fitted(rows, known.human[rows], known.audit)
            temperature = fit_temperature(unseen, known.human[known.audit])
            probabilities = with_temperature(probabilities, temperature)
    assigned = np.where(known.human >= 0, known.human, probabilities.argmax(axis=1))
    source: Source = "model" if model == "model" else "prompt"
    return Predictions(
        vocabulary.names,
        probabilities,
        zero.scores,
        known.human,
        assigned,
        source,
        known.outside,
        zero.log,
        temperature,
    )


def estimates(project: Project, vocabulary: Vocabulary, target: float) -> Estimates | None:
    """What the audit images say; see ``Project.estimates``."""
    known = standing(project, vocabulary)
    audit = known.audit
    if len(audit) == 0:
        return None
    unseen = project.learner(vocabulary).cross_fitted(known.order, known.human[known.order], audit)
    return estimate(
        known.human[audit],
        unseen,
        vocabulary.names,
        len(known.human),
        len(known.audited) - len(audit),
        target,
        _gain(project, vocabulary, known, unseen),
    )


def _gain(
    project: Project, vocabulary: Vocabulary, known: Standing, unseen: np.ndarray
) -> Gain | None:
    """Look back at models of the first labels, judged on the same audit images."""
    counts, truth = ladder(len(known.order)), known.human[known.audit]
    learner, right = project.learner(vocabulary), [unseen.argmax(axis=1) == truth]
    if len(counts) < 3:
        return None
    for count in counts[-2::-1]:
        rows = known.order[:count]
        earlier = learner.cross_fitted(rows, known.human[rows], known.audit)
        right.append(earlier.argmax(axis=1) == truth)
    return expected_gain(counts, np.stack(right[::-1], axis=1))
