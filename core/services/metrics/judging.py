"""Labels and predictions judged: suspects, who is probably wrong, other models, thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import wilson
from core.learn.judging.suspects import find_suspects
from core.learn.judging.triage import Advice, triage
from core.learn.models.recipes import MODELS, ModelKind, model_of
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary

CONFIRMED = "suspect confirmed"
"""Source of a label that somebody looked at again and kept: it is not asked a second time."""


@dataclass(frozen=True)
class SuspectLabel:
    """A label that may be wrong; ``margin`` from -1, most suspect, to 0."""

    image_id: str
    row: int
    label: str
    better: str
    margin: float


@dataclass(frozen=True, eq=False)
class Judgement:
    """What out-of-fold predictions say of the labels.

    Attributes:
        suspects: most suspect first.
        advice: groups of disagreements with what to mend, the largest first.
        labeled: labels that were judged.
    """

    suspects: list[SuspectLabel]
    advice: list[Advice]
    labeled: int


def judge(project: Project, vocabulary: Vocabulary, predictions: Predictions) -> Judgement:
    """Compare every label with a model that did not see it, and with the prompts alone."""
    pool, names = project.pool(), vocabulary.names
    rows = np.flatnonzero(predictions.human >= 0)
    if len(rows) == 0:
        return Judgement([], [], 0)
    human = predictions.human[rows]
    unseen = project.learner(vocabulary).cross_fitted(rows, human, rows)
    prompt = project.zero_shot(vocabulary).scores[rows].argmax(axis=1)
    current = project.labels.current()
    suspects = [
        SuspectLabel(
            pool.ids[rows[s.position]], int(rows[s.position]), names[s.label], names[s.better],
            s.margin,
        )
        for s in find_suspects(human, unseen)
        if current[pool.ids[rows[s.position]]].source != CONFIRMED
    ]  # fmt: skip
    return Judgement(suspects, triage(human, unseen.argmax(axis=1), prompt)[1], len(rows))


@dataclass(frozen=True)
class ModelScore:
    """Accuracy of one model on the same images; ``better``, ``worse`` against Winnow's own."""

    kind: ModelKind
    title: str
    right: int
    n: int
    low: float
    high: float
    better: int
    worse: int


def compare_models(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, rows: np.ndarray
) -> list[ModelScore]:
    """All models on some labeled images, each scored without its own label, Winnow's first."""
    labeled = np.flatnonzero(predictions.human >= 0)
    truth, zero = predictions.human[rows], project.zero_shot(vocabulary)
    scores: list[ModelScore] = []
    own = np.zeros(len(rows), dtype=bool)
    for kind, title in MODELS.items():
        model = (
            project.learner(vocabulary)
            if kind == "fused"
            else model_of(kind, project.looks(), zero.logits, zero.scores)
        )
        unseen = model.cross_fitted(labeled, predictions.human[labeled], rows)
        right = unseen.argmax(axis=1) == truth
        own = right if kind == "fused" else own
        low, high = wilson(int(right.sum()), len(rows))
        scores.append(
            ModelScore(
                kind, title, int(right.sum()), len(rows), low, high,
                int((right & ~own).sum()), int((own & ~right).sum()),
            )
        )  # fmt: skip
    return scores


@dataclass(frozen=True)
class Threshold:
    """Precision and recall of one class over its threshold.

    Attributes:
        thresholds, precision, recall: (T,) falling thresholds.
        chosen: the lowest threshold whose precision reaches the target with its 95 % lower bound,
            None when no threshold does.
        taken: images of the whole collection at or above it.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    chosen: float | None
    chosen_precision: float
    chosen_recall: float
    taken: int


def threshold_for(
    truth: np.ndarray, probability: np.ndarray, collection: np.ndarray, target: float
) -> Threshold:
    """Find where to cut one class so that what lies above is right often enough.

    Args:
        truth: (n,) bool, whether an image is of the class; probability: (n,) of the class, by
            models that did not see these images.
        collection: (N,) probability of the class for every image.
        target: precision wanted, 0 to 1.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(truth[order])
    counts = np.arange(1, len(order) + 1)
    cut = probability[order]
    last = np.append(cut[1:] != cut[:-1], True)  # of equal probabilities all or none are taken
    hits, counts, cut = hits[last], counts[last], cut[last]
    precision, recall = hits / counts, hits / max(int(truth.sum()), 1)
    sure = np.array([wilson(int(h), int(c))[0] for h, c in zip(hits, counts, strict=True)])
    enough = np.flatnonzero(sure >= target)
    if len(enough) == 0:
        return Threshold(cut, precision, recall, None, 0.0, 0.0, 0)
    best = int(enough[-1])
    taken = int((collection >= cut[best]).sum())
    return Threshold(
        cut, precision, recall, float(cut[best]), float(precision[best]), float(recall[best]), taken
    )
