"""How early the first right answer of each query comes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MEASURES = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr")
"""Columns of `outcomes`."""
_AT = (1, 5, 10)
_CELLS_AT_ONCE = 4_000_000
_CLOSE = 1e-6  # scores of copies differ by rounding alone


def outcomes(
    queries: np.ndarray, candidates: np.ndarray, query: np.ndarray, candidate: np.ndarray
) -> np.ndarray:
    """`outcomes_by` with the dot product of queries (Q, D) and candidates (C, D) as the score."""
    sizes = len(queries), len(candidates)
    return outcomes_by(lambda part: queries[part] @ candidates.T, sizes, query, candidate)


def outcomes_by(
    scores: Callable[[slice], np.ndarray],
    sizes: tuple[int, int],
    query: np.ndarray,
    candidate: np.ndarray,
) -> np.ndarray:
    """Recall at 1, 5 and 10 and the reciprocal rank of each query.

    Among candidates of equal score the first right one counts at its expected place.

    Args:
        scores: of some of the queries with every candidate, (q, C).
        sizes: Q and C, how many there are.
        query, candidate: (P,) int64, the right answers; a pair occurs once and a query has one.

    Returns:
        (Q, 4) float64, columns as `MEASURES`.
    """
    rank = np.empty(sizes[0])
    step = max(1, _CELLS_AT_ONCE // max(1, sizes[1]))
    for start in range(0, sizes[0], step):
        part = slice(start, start + step)
        inside = (query >= start) & (query < start + step)
        rank[part] = _ranks(scores(part), query[inside] - start, candidate[inside])
    return np.column_stack([*((rank <= k).astype(float) for k in _AT), 1.0 / rank])


def _ranks(scores: np.ndarray, query: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    """Expected place (Q,) of the first right answer, from 1."""
    right = scores[query, candidate]
    best = np.full(len(scores), -np.inf, dtype=scores.dtype)
    np.maximum.at(best, query, right)
    above = (scores > best[:, None] + _CLOSE).sum(axis=1)
    equal = (scores >= best[:, None] - _CLOSE).sum(axis=1) - above
    good = np.bincount(query[right >= best[query] - _CLOSE], minlength=len(scores))
    return np.asarray(above + 1 + (equal - good) / (good + 1), dtype=np.float64)
