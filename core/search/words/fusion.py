"""Several rankings made one (reciprocal rank fusion; Cormack, Clarke & Büttcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SMOOTH = 60  # the constant of the paper: how little the first places count above the next


def fused(rankings: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One ranking of all rows that are in any.

    Only places count, so scores of different kinds need no common scale.

    Args:
        rankings: each (n,) int64 of different rows, best first.

    Returns:
        Rows (m,) int64, best first, and scores (m,) float64 in (0, 1], falling: 1 is first in every
        ranking. Equal scores in the order of the rows.
    """
    filled = [np.asarray(ranking, dtype=np.int64) for ranking in rankings if len(ranking)]
    if not filled:
        return np.empty(0, dtype=np.int64), np.empty(0)
    rows, place = np.unique(np.concatenate(filled), return_inverse=True)
    parts = np.concatenate([1 / (_SMOOTH + np.arange(1, len(each) + 1)) for each in filled])
    scores = np.bincount(place, weights=parts) * (_SMOOTH + 1) / len(rankings)
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order]
