"""Batches to label: what teaches most, mixed with audit draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.audit import AUDIT_EVERY, next_audit, prefix

__all__ = ["Batch", "mixed_batch"]

_MOST_AUDIT = 0.4  # of a batch, to catch up after labels that came without audit draws

Choose = Callable[[NDArray[np.intp], int], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows to ask for, in this order, and which of them are audit draws (same length)."""

    rows: NDArray[np.intp]
    audit: NDArray[np.bool_]


def mixed_batch(
    choose: Choose,
    stream: NDArray[np.intp],
    taken: NDArray[np.integer],
    size: int,
    groups: NDArray[np.integer] | None = None,
) -> Batch:
    """Choose up to `size` images: audit draws, so that they are a fifth of all, and what teaches.

    choose: (available rows, how many) to at most so many of them, the most useful first. stream:
    the audit order (`audit.order`). taken: distinct rows that are answered (skipped ones too) or
    already waiting. groups: (N,) number of each image's near-duplicate group, its own when it has
    none; `choose` is not offered images whose group has one that is taken or in the batch. Audit
    draws are never dropped for that, or the audit sample would not be uniform.
    """
    missing = (len(taken) + size) // AUDIT_EVERY - len(prefix(stream, taken))
    drawn = next_audit(stream, taken, min(max(missing, 0), int(np.ceil(size * _MOST_AUDIT))))
    queued = np.empty(0, dtype=np.intp)
    out = np.union1d(taken, drawn).astype(np.intp)
    while len(queued) < size - len(drawn):
        is_left = np.ones(len(stream), dtype=bool)  # set operations on a million rows take seconds
        is_left[out] = False
        left = np.flatnonzero(is_left)
        if groups is not None:
            left = left[~np.isin(groups[left], groups[out])]
        more = choose(left, size - len(drawn) - len(queued))
        if len(more) == 0:
            break
        if groups is not None:
            more = more[np.sort(np.unique(groups[more], return_index=True)[1])]
        queued = np.concatenate([queued, more])
        out = np.union1d(out, more)
    return _interleaved(queued, drawn)


def _interleaved(queued: NDArray[np.intp], drawn: NDArray[np.intp]) -> Batch:
    """Spread the audit draws evenly, the last of them at the end."""
    rows = np.concatenate([queued, drawn])
    places = (np.arange(len(queued)) + 0.5) / max(len(queued), 1)
    due = (np.arange(len(drawn)) + 1.0) / max(len(drawn), 1)
    order = np.argsort(np.concatenate([places, due]), kind="stable")
    return Batch(rows[order], (np.arange(len(rows)) >= len(queued))[order])
