"""Which head a sorter gets, of the labels alone or distilled, and what audit images say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.learn.judging import conformal
from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.fused import Model, Scorer
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.export.measuring import LEAST
from core.services.predict.predicting import learner
from core.services.predict.zero_shot import zero_shot
from core.sorter.distilling import Distilled, distil, student
from core.sorter.schema import Conformal

LEVEL = 0.9
"""Of prediction sets."""
_CLASS_AUDIT = 10  # audit images of a class from which it has a threshold of its own
_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Made:
    """A head's model, and what heads made alike say of audit images they did not see.

    Attributes:
        unseen: (a, K) float32 of ``predictions.audit``, before the temperature.
        rows: (m,) rows of the collection, or of a sample; outside: (m, K) float32 probabilities of
            those by heads that did not see them, before the temperature.
        agreement, plain_agreement: as of `core.sorter.distilling.Distilled`; None without labels.
    """

    kind: Literal["prompts", "plain", "distilled"]
    model: Model
    unseen: np.ndarray
    rows: np.ndarray
    outside: np.ndarray
    agreement: float | None = None
    plain_agreement: float | None = None


def make(snapshot: Snapshot, predictions: Predictions, report: Report) -> Made:
    """The better head of the two, by how near each comes to the collection's probabilities."""
    human, audit = predictions.human, predictions.audit
    rows = np.flatnonzero(human >= 0)
    zero = zero_shot(snapshot, snapshot.refined)
    if len(rows) == 0:
        dim = len(range(*snapshot.encoder.looks.indices(snapshot.encoder.dim)))
        slopes = np.empty((0, dim, len(predictions.names)), np.float32)
        nothing = Model(slopes, slopes[:, 0], slopes[:, 0, 0], np.empty(0))
        probabilities = predictions.probabilities
        return Made(
            "prompts", nothing, probabilities[audit], np.arange(len(snapshot)), probabilities
        )
    report.step("Distilling the collection into the head", 0, 1 + _FOLDS)
    fitted = learner(snapshot, snapshot.refined).fit(rows, human[rows])
    plain, looks, probabilities = fitted.model, snapshot.looks, fitted.probabilities
    distilled = distil(plain, looks, zero.logits, probabilities, rows, human[rows])
    # What is no regression (a small network) goes into the file as what it teaches one.
    own = plain if isinstance(plain, Model) and not distilled.better else None
    better = own is None
    deal = np.random.default_rng(0).permutation(len(audit)) % _FOLDS
    unseen = np.empty((len(audit), len(predictions.names)), np.float32)
    for fold in range(_FOLDS):
        report.step("Judging the head by images kept aside", 1 + fold, 1 + _FOLDS)
        out = audit[deal == fold]
        if len(out) == 0:
            continue
        model = _without(snapshot, rows[~np.isin(rows, out)], distilled if better else None)
        unseen[deal == fold] = model.predict(looks[out], zero.logits[out])
    return Made(
        "distilled" if better else "plain",
        distilled.model if own is None else own,
        unseen,
        distilled.rows,
        # The plain model saw of the collection the labeled images alone.
        distilled.outside
        if better
        else plain.predict(looks[distilled.rows], zero.logits[distilled.rows]),
        distilled.agreement,
        distilled.plain_agreement,
    )


def _without(snapshot: Snapshot, rows: np.ndarray, like: Distilled | None) -> Scorer:
    """The head of some of the labels: distilled as another one was, or plain for None."""
    classes = snapshot.human[rows]
    fitted = learner(snapshot, snapshot.refined).fit(rows, classes)
    if like is None:
        return fitted.model
    return student(snapshot.looks, fitted.probabilities, rows, classes, like.precision)


@dataclass(frozen=True, eq=False)
class Judged:
    """What the audit images say of a head; ``thresholds`` (K,), 0 where there are too few."""

    temperature: float
    evaluation: Evaluation | None
    conformal: Conformal | None
    thresholds: np.ndarray


def judge(truth: np.ndarray, unseen: np.ndarray, names: list[str], images: int) -> Judged:
    """Temperature, figures and thresholds of a head from audit images that it did not see.

    Args:
        truth: (a,) their classes; unseen: (a, K) the head's probabilities of them, before the
            temperature, each by a head that did not see it.
        images: how many the audit images were drawn from.
    """
    count = len(names)
    if len(truth) < LEAST:
        return Judged(1.0, None, None, np.zeros(count))
    temperature = fit_temperature(unseen, truth)
    calibrated = with_temperature(unseen, temperature)
    whole = conformal.floor(calibrated, truth, LEVEL)
    own = [
        conformal.floor(calibrated[truth == k], truth[truth == k], LEVEL)
        if (truth == k).sum() >= _CLASS_AUDIT
        else whole
        for k in range(count)
    ]
    evaluation = evaluate(truth, calibrated, names, population=images)
    return Judged(temperature, evaluation, Conformal(level=LEVEL, floor=whole), np.array(own))
