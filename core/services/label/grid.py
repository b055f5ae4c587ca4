"""Pages of images with one prediction, to be confirmed but for the wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.label.queue import claimed
from core.store.labels.sqlite import LabelStore

GridOrder = Literal["surest", "least sure"]


def waiting(snapshot: Snapshot, predictions: Predictions) -> dict[str, int]:
    """Images without an answer, by predicted class."""
    open_rows = snapshot.unanswered
    counts = np.bincount(predictions.assigned[open_rows], minlength=len(predictions.names))
    return dict(zip(predictions.names, counts.tolist(), strict=True))


def grid_pages(
    snapshot: Snapshot,
    predictions: Predictions,
    store: LabelStore,
    name: str,
    client: str,
    size: int,
    pages: int,
    order: GridOrder,
    out: Sequence[str] = (),
) -> list[list[str]]:
    """Pages of unanswered images with one prediction, reserved for ``client``.

    Args:
        store: where images are claimed.
        name: the predicted class.
        size, pages: images on a page, and how many pages at most.
        order: by the probability of that class, falling or rising.
        out: ids to leave out: on pages that the client has already.
    """
    k, ids = predictions.names.index(name), snapshot.pool.ids
    rows = snapshot.unanswered
    rows = rows[predictions.assigned[rows] == k]
    away = store.claimed_by_others(client) | set(out)
    probability = predictions.probabilities[rows, k]
    rows = rows[np.argsort(-probability if order == "surest" else probability, kind="stable")]
    free = [i for i in (ids[row] for row in rows) if i not in away][: size * pages]
    mine = claimed(store, free, client)
    return [mine[start : start + size] for start in range(0, len(mine), size)]
