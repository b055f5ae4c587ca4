"""The queue of a labeling session: which images come next, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.learn.queue import next_batch
from core.project import Predictions, Project

Kind = Literal["uherding", "margin", "entropy", "random"]


def refill(
    project: Project,
    predictions: Predictions,
    waiting: Sequence[str],
    size: int,
    kind: Kind,
    seed: int,
) -> list[str]:
    """Ids for the end of a queue.

    Args:
        waiting: ids that are in the queue already.
        size: how many to choose.
        kind: how to choose, see ``core.learn.queue``.
        seed: changes from call to call, so that a new random subsample is looked at.

    Images that anybody labeled, skipped or called unsure are left out.
    """
    pool = project.pool()
    answered = {pool.rows[i] for i in project.labels.current() if i in pool.rows}
    out = answered | {pool.rows[i] for i in waiting if i in pool.rows}
    available = np.setdiff1d(np.arange(len(pool)), np.fromiter(out, dtype=np.int64, count=len(out)))
    labeled = np.flatnonzero(predictions.human >= 0)
    counts = np.bincount(predictions.human[labeled], minlength=len(predictions.names))
    rows = next_batch(
        predictions.probabilities,
        pool.vectors,
        labeled,
        available,
        size,
        kind,
        seed=seed,
        scores=predictions.scores,
        counts=counts,
    )
    return [pool.ids[row] for row in rows]
