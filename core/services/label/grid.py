"""Pages of images with one prediction, to be confirmed but for the wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.rows import mean_of, rows_of
from core.services.data.duplicates import groups_at_hand
from core.services.label.queue import claimed
from core.store.labels.answers import Labels

GridOrder = Literal["odd ones first", "surest first", "least sure first"]
Stack = list[str]
"""Ids of images that are nearly the same, looked at and answered as one; often only one."""
STACKED = 60
"""Most images of a stack: nobody confirms more than they can look through."""


def waiting(snapshot: Snapshot, predictions: Predictions) -> dict[str, int]:
    """Images without an answer, by predicted class."""
    open_rows = snapshot.unanswered
    counts = np.bincount(predictions.assigned[open_rows], minlength=len(predictions.names))
    return dict(zip(predictions.names, counts.tolist(), strict=True))


def grid_pages(
    snapshot: Snapshot,
    predictions: Predictions,
    store: Labels,
    name: str,
    client: str,
    size: int,
    pages: int,
    order: GridOrder,
    out: Sequence[str] = (),
) -> list[list[Stack]]:
    """Pages of unanswered images with one prediction, reserved for ``client``.

    Near-duplicates with that prediction are one stack, in the place of the first of them.

    Args:
        store: where images are claimed.
        name: the predicted class.
        size, pages: stacks on a page, and how many pages at most.
        order: the ones that look least like all that is predicted so first; or by the probability
            of that class, falling or rising. On a page the odd ones always come first, where eyes
            begin.
        out: ids to leave out: on pages that the client has already, or asked for the audit.
    """
    k, ids = predictions.names.index(name), snapshot.pool.ids
    away = store.claimed_by_others(client) | set(out)
    rows = snapshot.unanswered
    rows = rows[predictions.assigned[rows] == k]
    rows = rows[~np.isin(rows, snapshot.pool.rows_of(away))]
    alike = likeness(snapshot, predictions, k, rows)
    probability = predictions.probabilities[rows, k]
    by = {"surest first": -probability, "least sure first": probability}.get(order, alike)
    sequence = np.argsort(by, kind="stable")
    groups = groups_at_hand(snapshot)
    stacks = _stacks(rows if groups is None else groups[rows], sequence, size * pages)
    wanted = [ids[rows[place]] for stack in stacks for place in stack]
    mine = set(claimed(store, wanted, client, snapshot.labels.version[0]))
    result = []
    for start in range(0, len(stacks), size):
        page = sorted(stacks[start : start + size], key=lambda stack: float(alike[stack[0]]))
        shown = [[ids[rows[place]] for place in stack] for stack in page]
        result.append([left for stack in shown if (left := [i for i in stack if i in mine])])
    return [page for page in result if page]


def likeness(snapshot: Snapshot, predictions: Predictions, k: int, rows: np.ndarray) -> np.ndarray:
    """(n,) float32 cosine of rows with the mean of all images of one class, labeled or predicted.

    Small for the odd ones: a mistake often looks unlike the rest of what it was taken for.
    """
    looks = snapshot.looks
    middle = mean_of(looks, np.flatnonzero(predictions.assigned == k))
    return np.asarray(rows_of(looks, rows) @ (middle / max(float(np.linalg.norm(middle)), 1e-9)))


def _stacks(groups: np.ndarray, sequence: np.ndarray, most: int) -> list[list[int]]:
    """Places of near-duplicates together, in the order of the first of them.

    Args:
        groups: (n,) near-duplicate group of each place.
        sequence: (n,) the places in order.
    """
    stacks: list[list[int]] = []
    open_stack: dict[int, list[int]] = {}
    for place in sequence.tolist():
        stack = open_stack.get(int(groups[place]))
        if stack is not None and len(stack) < STACKED:
            stack.append(place)
        elif len(stacks) < most:
            stacks.append([place])
            open_stack[int(groups[place])] = stacks[-1]
    return stacks
