"""The queue of a labeling session: which images come next, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.learn.asking.batches import Batch, mixed_batch
from core.learn.asking.queue import Kind, next_batch
from core.project.project import Predictions, Project

__all__ = ["Kind", "refill", "refill_batch"]

_MOST_COVERED = 2_000  # labeled images that the choice looks at; their square is computed


def refill(
    project: Project,
    predictions: Predictions,
    waiting: Sequence[str],
    size: int,
    kind: Kind,
    seed: int,
    groups: np.ndarray | None = None,
) -> list[str]:
    """Ids for the end of a queue; one in five is the next of the audit stream.

    Args:
        waiting: ids that are in the queue already.
        size: how many to choose.
        kind: how to choose, see ``core.learn.asking.queue``.
        seed: changes from call to call, so that a new random subsample is looked at.
        groups: (N,) near-duplicate group of each image of the pool; one of a group is asked for.

    Images that anybody labeled, skipped or called unsure are left out.
    """
    batch = refill_batch(project, predictions, waiting, size, kind, seed, groups)
    return [project.pool().ids[row] for row in batch.rows]


def refill_batch(
    project: Project,
    predictions: Predictions,
    waiting: Sequence[str],
    size: int,
    kind: Kind,
    seed: int,
    groups: np.ndarray | None = None,
) -> Batch:
    """The rows that ``refill`` names, and which of them are audit draws."""
    pool, looks = project.pool(), project.looks()
    ids = {*project.labels.current(), *waiting}
    taken = np.array(sorted(pool.rows[i] for i in ids if i in pool.rows), dtype=np.intp)
    labeled = np.flatnonzero(predictions.human >= 0)
    counts = np.bincount(predictions.human[labeled], minlength=len(predictions.names))
    if len(labeled) > _MOST_COVERED:  # thousands are labeled at once on the map
        labeled = np.random.default_rng(seed).choice(labeled, _MOST_COVERED, replace=False)

    def choose(available: np.ndarray, wanted: int) -> np.ndarray:
        return next_batch(
            predictions.probabilities,
            looks,
            labeled,
            available,
            wanted,
            kind,
            seed=seed,
            scores=predictions.scores,
            counts=counts,
        )

    return mixed_batch(choose, project.audit_stream(), taken, size, groups)
