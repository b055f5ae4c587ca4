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
from core.sorter.distilling import Distilled, distil

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
    plain, distilled = _learned(snapshot, rows)
    better = distilled.better
    deal = np.random.default_rng(0).permutation(len(audit)) % _FOLDS
    unseen = np.empty((len(audit), len(predictions.names)), np.float32)
    for fold in range(_FOLDS):
        report.step("Judging the head by images kept aside", 1 + fold, 1 + _FOLDS)
        out = audit[deal == fold]
        if len(out) == 0:
            continue
        others = rows[~np.isin(rows, out)]
        model, student = _learned(snapshot, others, distilled.precision if better else None)
        asked = student.model if better else model
        unseen[deal == fold] = asked.predict(snapshot.looks[out], zero.logits[out])
    return Made(
        "distilled" if better else "plain",
        distilled.model if better else plain,
        unseen,
        distilled.rows,
        distilled.outside if better else _plain(snapshot, plain, distilled.rows),
        distilled.agreement,
        distilled.plain_agreement,
    )


def _plain(snapshot: Snapshot, model: Model, rows: np.ndarray) -> np.ndarray:
    """(m, K) of the plain model, which saw of the collection the labeled images alone."""
    logits = zero_shot(snapshot, snapshot.refined).logits
    return model.predict(snapshot.looks[rows], logits[rows])


def _learned(
    snapshot: Snapshot, rows: np.ndarray, precision: float | None = None
) -> tuple[Model, Distilled]:
    """The model of some labels, and one distilled from what the collection makes of them."""
    classes, zero = snapshot.human[rows], zero_shot(snapshot, snapshot.refined)
    fitted = learner(snapshot, snapshot.refined).fit(rows, classes)
    distilled = distil(
        fitted.model, snapshot.looks, zero.logits, fitted.probabilities, rows, classes, precision
    )
    return fitted.model, distilled
