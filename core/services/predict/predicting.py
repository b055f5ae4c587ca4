"""From prompts and labels to predictions, and to what the audit images say of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.learn.judging.curve import Gain, expected_gain, ladder
from core.learn.judging.estimates import Estimates, estimate
from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.learner import Learner
from core.learn.models.softmax import softmax
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.predict.graphs import graph_of
from core.services.predict.zero_shot import zero_shot

_LEAST_AUDIT = 10  # audit labels from which the temperature is fitted


def learner(snapshot: Snapshot, refined: bool | None = None) -> Learner:
    """The model of a collection and its classes, before any label.

    The first call for a pool finds its neighbours, which takes a while on large ones.

    Args:
        refined: see `zero_shot`; by default as the question is set.
    """
    refined = snapshot.refined if refined is None else refined
    pool, zero = snapshot.pool, zero_shot(snapshot, refined)

    def make() -> Learner:
        looks = snapshot.looks
        graph = snapshot.share(
            "graph", pool.version, lambda: graph_of(snapshot.derived, pool, looks), keep=1
        )
        return Learner(looks, zero.logits, zero.scores, graph)

    return snapshot.remember("learner", (pool.version, snapshot.classes, refined), make, keep=2)


def predict(snapshot: Snapshot, refined: bool | None = None) -> Predictions:
    """Predict every image of a collection from prompts and labels.

    Args:
        refined: start from refined prototypes instead of the text's own; by default as the question
            is set.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
    """
    refined = snapshot.refined if refined is None else refined
    key = (snapshot.pool.version, snapshot.classes, refined, snapshot.labels.key)
    return snapshot.remember("predictions", key, lambda: _predicted(snapshot, refined))


def _predicted(snapshot: Snapshot, refined: bool) -> Predictions:
    zero, human, audit = zero_shot(snapshot, refined), snapshot.human, snapshot.audit
    rows = np.flatnonzero(human >= 0)
    temperature, learned = 1.0, None
    if len(rows) == 0:
        # Prompts alone need no neighbours, so nobody waits for them.
        probabilities = softmax(zero.logits)
    else:
        learned = learner(snapshot, refined).fit(rows, human[rows], judged=audit)
        probabilities = learned.probabilities
        if len(audit) >= _LEAST_AUDIT:
            temperature = fit_temperature(learned.unseen, human[audit])
            probabilities = with_temperature(probabilities, temperature)
    return Predictions(
        names=snapshot.names,
        probabilities=probabilities,
        scores=zero.scores,
        human=human,
        assigned=np.where(human >= 0, human, probabilities.argmax(axis=1)),
        model="model" if learned else "prompt",
        outside=snapshot.outside,
        log=zero.log,
        collapsed=zero.collapsed,
        temperature=temperature,
        clusters=learned.clusters if learned else None,
        audit=audit,
        unseen=learned.unseen if learned else probabilities[audit],
    )


def estimates(
    snapshot: Snapshot,
    predictions: Predictions,
    target: float = 0.95,
    between: Callable[[], None] = lambda: None,
) -> Estimates | None:
    """How good predictions are, from the audit images; None while none is labeled.

    Args:
        predictions: those of this snapshot's classes to judge.
        target: the accuracy at which the stop meter says to stop.
        between: called between steps of some tenths of a second.
    """
    return snapshot.remember(
        "estimates",
        (predictions, target),
        lambda: _estimated(snapshot, predictions, target, between),
        keep=1,
    )


def _estimated(
    snapshot: Snapshot, predictions: Predictions, target: float, between: Callable[[], None]
) -> Estimates | None:
    audit = predictions.audit
    if len(audit) == 0:
        return None
    return estimate(
        predictions.human[audit],
        predictions.unseen,
        predictions.names,
        len(snapshot),
        len(snapshot.audited) - len(snapshot.audit),
        target,
        _gain(snapshot, predictions, between),
    )


def _gain(snapshot: Snapshot, predictions: Predictions, between: Callable[[], None]) -> Gain | None:
    """Look back at models of the first labels, judged on the same audit images."""
    human, audit = predictions.human, predictions.audit
    # Labels that came while the model was fitted are not in it.
    order = snapshot.labeling_order[human[snapshot.labeling_order] >= 0]
    counts, truth = ladder(len(order)), human[audit]
    if len(counts) < 3:
        return None
    model, right = learner(snapshot), [predictions.unseen.argmax(axis=1) == truth]
    for count in counts[-2::-1]:
        between()
        rows = order[:count]
        right.append(model.cross_fitted(rows, human[rows], audit).argmax(axis=1) == truth)
    return expected_gain(counts, np.stack(right[::-1], axis=1))
