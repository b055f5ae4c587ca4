"""What was predicted at a moment, as a record that later ones are compared with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from core.export.record.past import STAMP
from core.learn.judging.intervals import drawn_interval
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.predict.predicting import learner
from core.store.history import ledger
from core.store.history.ledger import Entry
from core.store.history.predictions import UNJUDGED, Past

LEAST = 10
"""Random images from which a run has an accuracy."""
EXPORT, MODEL_FILE, MOMENT = "export", "model file", "moment"


def past_of(
    snapshot: Snapshot,
    predictions: Predictions,
    now: float,
    figures: Mapping[str, Any],
    whole: bool = False,
) -> Past:
    """The record of predictions.

    Args:
        now: seconds since the epoch.
        whole: judge every labeled image by a model that did not see it, not the random ones alone:
            any of them may be among the random images later. Takes as long as a fit.
    """
    return Past(
        now,
        predictions.names,
        snapshot.pool.ids,
        predictions.assigned,
        dict(figures),
        _judged(snapshot, predictions, whole),
    )


def record(
    snapshot: Snapshot,
    predictions: Predictions,
    kind: str,
    name: str,
    person: str = "",
    run: str | None = None,
) -> Entry:
    """Put something that was made of predictions into the question's ledger.

    Args:
        kind: `EXPORT`, `MODEL_FILE` or `MOMENT`.
        name: of the file or folder, or of the moment.
        person: who made it, "" where that is not known.
        run: its id, by default the time and the name.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    home, now = snapshot.workspace.home, time.time()
    stamp = f"{datetime.fromtimestamp(now):{STAMP}}"
    figures = figures_of(snapshot, predictions)
    entry = Entry(run or ledger.new_id(home, stamp, name), now, kind, name, person, figures)
    ledger.add(home, entry, past_of(snapshot, predictions, now, figures, whole=True))
    return entry


def figures_of(snapshot: Snapshot, predictions: Predictions) -> dict[str, Any]:
    """What stands beside a run in the list; the accuracy from `LEAST` random images on."""
    active = snapshot.workspace.encoder
    figures: dict[str, Any] = {
        "labels": int(predictions.labeled.sum()),
        "classes": len(predictions.names),
        "images": len(snapshot),
        "model": active.spec if active else None,
        "n": len(predictions.audit),
    }
    if len(predictions.audit) >= LEAST:
        truth = predictions.human[predictions.audit]
        right, n = int((predictions.unseen.argmax(axis=1) == truth).sum()), len(truth)
        low, high = drawn_interval(right, n, len(snapshot))
        figures |= {"accuracy": right / n, "low": low, "high": high}
    return figures


def _judged(snapshot: Snapshot, predictions: Predictions, whole: bool) -> np.ndarray:
    """(N,) uint16: see `core.store.history.predictions.Past`."""
    human, audit = predictions.human, predictions.audit
    judged = predictions.probabilities.argmax(axis=1)
    labeled = np.flatnonzero(human >= 0)
    judged[labeled] = UNJUDGED
    others = labeled[~np.isin(labeled, audit)]
    if whole and len(others):
        refined = bool(predictions.log)
        model = learner(snapshot, refined)
        judged[others] = model.cross_fitted(labeled, human[labeled], others).argmax(axis=1)
    judged[audit] = predictions.unseen.argmax(axis=1)
    return judged.astype(np.uint16)
