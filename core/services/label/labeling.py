"""A labeling session: which images one person is asked about, shared fairly with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.project.project import Predictions, Project
from core.services.data.duplicates import groups_of
from core.services.label.queue import Kind, refill_batch

GridOrder = Literal["surest", "least sure"]
_ROUNDS = 3  # attempts to fill a queue while somebody else claims the same images


@dataclass(frozen=True)
class Standing:
    """How far labeling has come.

    Attributes:
        counts: labels of each class of the vocabulary, in its order.
        skipped, unsure: images with such an answer.
        conflicts: images whose annotators disagree.
    """

    counts: dict[str, int]
    skipped: int
    unsure: int
    conflicts: int

    @property
    def labeled(self) -> int:
        return sum(self.counts.values())


def standing(project: Project, names: Sequence[str]) -> Standing:
    """Count what people have answered so far."""
    current = project.labels.current().values()
    classes = Counter(label.label for label in current if label.label is not None)
    kinds = Counter(label.kind for label in current)
    return Standing(
        {name: classes[name] for name in names},
        kinds["skip"],
        kinds["unsure"],
        sum(label.conflict for label in current),
    )


@dataclass(frozen=True)
class Queue:
    """Images to ask about, in order, and which of them were drawn at random for the audit."""

    ids: list[str]
    audit: frozenset[str]


def fill(
    project: Project, predictions: Predictions, queue: Queue, client: str, size: int, kind: Kind,
    seed: int,
) -> Queue:  # fmt: skip
    """The queue of one client, brought to ``size`` images that nobody else is asked about.

    Of near-duplicates one is asked. Only when all that is left is on other people's screens are
    those images given out twice.
    """
    kept, audit = project.labels.claim(queue.ids, client), set(queue.audit)
    for attempt in range(_ROUNDS):
        if len(kept) >= size:
            break
        taken = [*kept, *project.labels.claimed_by_others(client)]
        wanted = _more(project, predictions, taken, size - len(kept), kind, seed + attempt, audit)
        if not wanted:
            break
        kept += project.labels.claim(wanted, client)
    kept = kept or _more(project, predictions, [], size, kind, seed, audit)
    return Queue(kept, frozenset(audit.intersection(kept)))


def _more(
    project: Project, predictions: Predictions, taken: Sequence[str], size: int, kind: Kind,
    seed: int, audit: set[str],
) -> list[str]:  # fmt: skip
    """Further images; those drawn for the audit are added to ``audit``."""
    batch = refill_batch(project, predictions, taken, size, kind, seed, groups_of(project))
    ids = project.pool().ids
    audit.update(ids[row] for row in batch.rows[batch.audit])
    return [ids[row] for row in batch.rows]


def waiting(project: Project, predictions: Predictions) -> dict[str, int]:
    """Images without an answer, by predicted class."""
    open_rows = _unanswered(project)
    counts = np.bincount(predictions.assigned[open_rows], minlength=len(predictions.names))
    return dict(zip(predictions.names, counts.tolist(), strict=True))


def grid_pages(
    project: Project,
    predictions: Predictions,
    name: str,
    client: str,
    size: int,
    pages: int,
    order: GridOrder,
    out: Sequence[str] = (),
) -> list[list[str]]:
    """Pages of unanswered images with one prediction, reserved for ``client``.

    Args:
        name: the predicted class.
        size, pages: images on a page, and how many pages at most.
        order: by the probability of that class, falling or rising.
        out: ids to leave out: on pages that the client has already.
    """
    pool = project.pool()
    k = predictions.names.index(name)
    rows = _unanswered(project)
    rows = rows[predictions.assigned[rows] == k]
    held = project.labels.claimed_by_others(client) | set(out)
    probability = predictions.probabilities[rows, k]
    rows = rows[np.argsort(-probability if order == "surest" else probability, kind="stable")]
    ids = [i for i in (pool.ids[row] for row in rows) if i not in held][: size * pages]
    mine = project.labels.claim(ids, client)
    return [mine[start : start + size] for start in range(0, len(mine), size)]


def _unanswered(project: Project) -> np.ndarray:
    pool = project.pool()
    answered = [pool.rows[i] for i in project.labels.current() if i in pool.rows]
    return np.setdiff1d(np.arange(len(pool)), np.array(answered, dtype=np.int64))
