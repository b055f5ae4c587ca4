"""Labels and predictions judged: suspects, who is probably wrong, other models, thresholds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from core.learn.comparison_models import MODELS, WINNOW, Material
from core.learn.judging.intervals import share_interval
from core.learn.judging.suspects import find_suspects
from core.learn.judging.triage import Advice, triage
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.predict import group_labels
from core.services.predict.predicting import learner
from core.services.predict.zero_shot import zero_shot

CONFIRMED = "suspect confirmed"
"""Source of a label that somebody looked at again and kept: it is not asked a second time."""


@dataclass(frozen=True)
class SuspectLabel:
    """A label that may be wrong.

    Attributes:
        row: of the pool.
        label, better: the class that somebody gave, and the one that the model expects.
        margin: from -1, most suspect, to 0.
    """

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


def judge(snapshot: Snapshot, predictions: Predictions, report: Report | None = None) -> Judgement:
    """Compare every label with a model that did not see it, and with the prompts alone.

    Suspects are found by confident learning (Northcutt, Jiang & Chuang, JAIR 2021).

    Raises:
        Cancelled: asked to stop.
    """
    report = report or Report()
    if not (predictions.human >= 0).any():
        return Judgement([], [], 0)
    report.step("Models that did not see the labels")
    rows, unseen = unseen_classes(snapshot, predictions)
    human = predictions.human[rows]
    report.step("Comparing")
    prompt = zero_shot(snapshot).scores[rows].argmax(axis=1)
    advice = triage(human, unseen.argmax(axis=1), prompt)[1]
    return Judgement(_suspects(snapshot, rows, human, unseen), advice, len(rows))


def still_open(judgement: Judgement, snapshot: Snapshot) -> Judgement:
    """What is left of a judgement: without labels that were confirmed, changed or taken back."""
    by_id = snapshot.labels.by_id

    def is_open(suspect: SuspectLabel) -> bool:
        label = by_id.get(suspect.image_id)
        return label is not None and label.label == suspect.label and label.source != CONFIRMED

    return replace(judgement, suspects=[one for one in judgement.suspects if is_open(one)])


def judged_on(snapshot: Snapshot, predictions: Predictions) -> tuple[object, ...]:
    """What models that did not see the labels of some predictions follow from, as a key."""
    labels = blake2b(predictions.human.tobytes(), digest_size=16)
    if predictions.groups is not None:
        labels.update(predictions.groups.tobytes())
    return (*snapshot.model_key(snapshot.refined), snapshot.head, labels.digest())


def unseen_labels(snapshot: Snapshot, predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """All labeled rows (n,), those of a group alone too, (n, K) by models that did not see each.

    Remembered, as it takes long.
    """
    return snapshot.remember(
        "unseen",
        judged_on(snapshot, predictions),
        lambda: group_labels.cross_fitted(learner(snapshot), snapshot, predictions),
        keep=1,
    )


def unseen_classes(snapshot: Snapshot, predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """As `unseen_labels`, of the rows that have a class."""
    rows, unseen = unseen_labels(snapshot, predictions)
    own = predictions.human[rows] >= 0
    return (rows, unseen) if own.all() else (rows[own], unseen[own])


def _suspects(
    snapshot: Snapshot, rows: np.ndarray, human: np.ndarray, unseen: np.ndarray
) -> list[SuspectLabel]:
    """Labels ``human`` (n,) of ``rows`` (n,) that ``unseen`` (n, K) doubts, unless confirmed."""
    ids, names, by_id = snapshot.pool.ids, snapshot.names, snapshot.labels.by_id
    suspects = []
    for suspect in find_suspects(human, unseen):
        row = int(rows[suspect.position])
        label = by_id.get(ids[row])  # none: taken back since the predictions were made
        if label is None or label.source == CONFIRMED:
            continue
        label_name, better = names[suspect.label], names[suspect.better]
        suspects.append(SuspectLabel(ids[row], row, label_name, better, suspect.margin))
    return suspects


@dataclass(frozen=True)
class ModelScore:
    """Accuracy of one model on the same images.

    Attributes:
        kind: its name in `core.learn.comparison_models.MODELS`.
        title: the model in a line.
        right, n: images that it gets right, of how many.
        low, high: 95 % interval of the share right.
        better, worse: images that it gets right and Winnow's own model wrong, and the reverse.
    """

    kind: str
    title: str
    right: int
    n: int
    low: float
    high: float
    better: int
    worse: int


def compare_models(
    snapshot: Snapshot, predictions: Predictions, rows: np.ndarray, report: Report | None = None
) -> list[ModelScore]:
    """All models on some labeled images, each scored without its own label, Winnow's first.

    Args:
        rows: (n,) int64 rows of the pool, all of them labeled.

    Raises:
        Cancelled: asked to stop.
    """
    report = report or Report()
    labeled = np.flatnonzero(predictions.human >= 0)
    truth, zero = predictions.human[rows], zero_shot(snapshot)
    scores: list[ModelScore] = []
    own = np.zeros(len(rows), dtype=bool)
    material = Material(snapshot.looks, zero.logits, zero.scores)
    alike: dict[object, np.ndarray] = {}  # two rows may be one model
    for number, (kind, entry) in enumerate(MODELS.items()):
        report.step(entry.title, number, len(MODELS))
        if kind == WINNOW and np.array_equal(rows, labeled):
            alike[entry.make] = unseen_classes(snapshot, predictions)[1]
        elif entry.make not in alike:
            # Winnow's own is at hand, with the neighbours of the collection.
            model = learner(snapshot) if kind == WINNOW else entry.make(material)
            alike[entry.make] = model.cross_fitted(labeled, predictions.human[labeled], rows)
        unseen = alike[entry.make]
        right = unseen.argmax(axis=1) == truth
        own = right if kind == WINNOW else own
        low, high = share_interval(int(right.sum()), len(rows))
        scores.append(
            ModelScore(
                kind, entry.title, int(right.sum()), len(rows), low, high,
                int((right & ~own).sum()), int((own & ~right).sum()),
            )
        )  # fmt: skip
    return scores


@dataclass(frozen=True)
class Cutoff:
    """Where to cut one class: what lies at or above the cut counts as of the class.

    Attributes:
        thresholds, precision, recall: (T,) falling thresholds, and what each would give.
        lowest: the lowest threshold whose precision reaches the target with its 95 % lower bound,
            None when no threshold does.
        lowest_precision, lowest_recall: what it gives; 0 when there is none.
        taken: images of the whole collection at or above it.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    lowest: float | None
    lowest_precision: float
    lowest_recall: float
    taken: int


def cutoff_for(
    truth: np.ndarray, probability: np.ndarray, collection: np.ndarray, target: float
) -> Cutoff:
    """Find where to cut one class so that what lies above is right often enough.

    Args:
        truth: (n,) bool, whether an image is of the class.
        probability: (n,) of the class, by models that did not see these images.
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
    sure = np.array([share_interval(int(h), int(c))[0] for h, c in zip(hits, counts, strict=True)])
    enough = np.flatnonzero(sure >= target)
    if len(enough) == 0:
        return Cutoff(cut, precision, recall, None, 0.0, 0.0, 0)
    best = int(enough[-1])
    taken = int((collection >= cut[best]).sum())
    return Cutoff(
        cut, precision, recall, float(cut[best]), float(precision[best]), float(recall[best]), taken
    )
