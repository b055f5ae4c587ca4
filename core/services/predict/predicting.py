"""From prompts and labels to predictions, and to what the audit images say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.learn.judging.curve import Gain, expected_gain, ladder
from core.learn.judging.estimates import Estimates, estimate
from core.learn.large.shared import Large
from core.learn.models.base import Prediction
from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.frame import frame_of
from core.learn.models.learner import RELIEF, Learner
from core.learn.models.softmax import softmax
from core.learn.novelty import flat
from core.learn.predictions import Fitted, GroupLabels, Predictions, WordUse, ZeroShot
from core.learn.voting.learner import VotingLearner
from core.learn.words.block import Words
from core.learn.words.hearing import reliefs
from core.learn.words.kinds import by_kind
from core.learn.words.model import WordModel
from core.project.snapshot import Snapshot
from core.services.predict import group_labels
from core.services.predict.graphs import neighbours_of
from core.services.predict.voters import beside, votes_of
from core.services.predict.words import texts_of, words_of
from core.services.predict.zero_shot import zero_shot

_LEAST_AUDIT = 10  # audit labels from which the temperature is fitted


def learner(snapshot: Snapshot, refined: bool | None = None) -> Learner:
    """The model of a collection and its classes, before any label.

    The first call for a pool finds its neighbours, which takes a while on large ones.

    Args:
        refined: see `zero_shot`; by default as the question is set.
    """
    refined = snapshot.refined if refined is None else refined
    zero = zero_shot(snapshot, refined)

    def make() -> Learner:
        looks, graph, large = snapshot.looks, neighbours_of(snapshot), _large(snapshot)
        words = words_of(snapshot, zero)
        # Hits of the prompts, which the queue asks about first, are those of both sources.
        hits = zero.scores if words is None else words.joint
        if snapshot.classes.none is not None:
            hits = flat.hits(hits)
        others = beside(snapshot)
        if others:
            return VotingLearner(looks, zero.logits, hits, graph, words=words, others=others)
        return Learner(looks, zero.logits, hits, graph, words=words, large=large)

    key = snapshot.model_key(refined)
    return snapshot.remember("learner", key, make, keep=2).headed(snapshot.head)


def _large(snapshot: Snapshot) -> Large | None:
    """What the models of very many images share, because each takes seconds to work out."""
    if not snapshot.pool.many:
        return None
    key = (snapshot.pool.version, len(snapshot.names))
    return snapshot.share("large", key, lambda: Large(frame_of(snapshot.looks)), keep=2)


def predict(snapshot: Snapshot, refined: bool | None = None) -> Predictions:
    """Predict every image of a collection from prompts and labels.

    Args:
        refined: start from refined prototypes instead of the text's own; by default as the question
            is set.

    Raises:
        WinnowError: the classes are not complete, or the encoder is not the one of the vectors.
    """
    refined = snapshot.refined if refined is None else refined
    key = (*snapshot.model_key(refined), snapshot.head, snapshot.labels.key)
    return snapshot.remember("predictions", key, lambda: _predicted(snapshot, refined))


def by_prompts(snapshot: Snapshot, refined: bool | None = None) -> Predictions:
    """What the prompts alone say of every image: no neighbours and no fit, so nobody waits for it.

    Where there are labels they decide the class of their images, and teach nothing.

    Args:
        refined: see `predict`.

    Raises:
        WinnowError: see `predict`.
    """
    zero = zero_shot(snapshot, snapshot.refined if refined is None else refined)
    words = words_of(snapshot, zero)
    probabilities = softmax(zero.logits if words is None else words.joint)
    return _made(snapshot, zero, words, probabilities, probabilities[snapshot.audit])


def _predicted(snapshot: Snapshot, refined: bool) -> Predictions:
    if not (snapshot.nodes >= 0).any():
        return by_prompts(snapshot, refined)
    zero, human, audit = zero_shot(snapshot, refined), snapshot.human, snapshot.audit
    temperature, words = 1.0, words_of(snapshot, zero)
    shared, more = None, 1.0
    prompts = zero.logits if words is None else words.joint
    learned = group_labels.fitted(learner(snapshot, refined), snapshot, prompts)
    probabilities, unseen = learned.probabilities, learned.unseen[: len(audit)]
    of_groups = learned.unseen[len(audit) :]
    wordless = None if learned.wordless is None else learned.wordless[: len(audit)]
    if words is not None:
        probabilities, unseen, shared, more = by_kind(
            probabilities, words.present, unseen, audit, human[audit], wordless
        )
        spoken = words.present[snapshot.audit_groups].astype(bool)
        of_groups = np.where(spoken[:, None], with_temperature(of_groups, more), of_groups)
    if len(audit) >= _LEAST_AUDIT:
        temperature = shared or fit_temperature(unseen, human[audit])
        probabilities = with_temperature(probabilities, temperature)
    without, having = reliefs(learned.model, RELIEF)
    totals = (without * temperature, having * more * temperature)
    nothing = np.empty((0, probabilities.shape[1]), np.float32)
    fitted = Fitted(replace(learned, probabilities=nothing, unseen=nothing, wordless=None), totals)
    result = _made(snapshot, zero, words, probabilities, unseen, temperature, learned, fitted)
    if result.of_groups is None:
        return result
    return replace(result, of_groups=replace(result.of_groups, unseen=of_groups))


def _made(
    snapshot: Snapshot,
    zero: ZeroShot,
    words: Words | None,
    probabilities: np.ndarray,
    unseen: np.ndarray,
    temperature: float = 1.0,
    learned: Prediction | None = None,
    fitted: Fitted | None = None,
) -> Predictions:
    """Predictions from probabilities (N, K), and those (a, K) of audit images by models that did
    not see them."""
    human, groups, random = snapshot.human, snapshot.nodes, snapshot.audit_groups
    groups = np.where(groups >= len(snapshot.names), groups, -1)
    alone, probabilities = probabilities[random], group_labels.within(snapshot, probabilities)
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
        audit=snapshot.audit,
        unseen=unseen,
        head=snapshot.head,
        words=None if words is None else _use(snapshot, words, learned),
        votes=votes_of(snapshot, learned),
        fitted=fitted,
        of_groups=GroupLabels(groups, random, alone) if (groups >= 0).any() else None,
    )


def _use(snapshot: Snapshot, words: Words, learned: Prediction | None) -> WordUse:
    """What part words had."""
    model = learned.model if learned else None
    weight = model.weight if isinstance(model, WordModel) else None
    texts = texts_of(snapshot)
    return WordUse(snapshot.words, texts.images, len(texts.distinct), words.agree, weight)


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
        len(snapshot.audited) - len(snapshot.audit) - len(snapshot.audit_groups),
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
