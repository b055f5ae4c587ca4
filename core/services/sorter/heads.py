"""Which head a sorter gets: of the labels alone, or distilled from the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.learn.models.fused import Model
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.predict.predicting import learner
from core.services.predict.zero_shot import zero_shot
from core.sorter.distilling import Distilled, distil, student

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
    better = distilled.better
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
        distilled.model if better else plain,
        unseen,
        distilled.rows,
        # The plain model saw of the collection the labeled images alone.
        distilled.outside
        if better
        else plain.predict(looks[distilled.rows], zero.logits[distilled.rows]),
        distilled.agreement,
        distilled.plain_agreement,
    )


def _without(snapshot: Snapshot, rows: np.ndarray, like: Distilled | None) -> Model:
    """The head of some of the labels: distilled as another one was, or plain for None."""
    classes = snapshot.human[rows]
    fitted = learner(snapshot, snapshot.refined).fit(rows, classes)
    if like is None:
        return fitted.model
    return student(snapshot.looks, fitted.probabilities, rows, classes, like.precision)
