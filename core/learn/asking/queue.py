"""Which images to label next."""

import numpy as np
from numpy.typing import NDArray

from core.learn.strategies import DEFAULT, Candidates, strategy_of

__all__ = ["next_batch"]

_RESERVED_SHARE = 0.3  # of a batch, for classes that have fewer labels than this:
_ENOUGH_LABELS = 2

_Rows = NDArray[np.intp]


def next_batch(
    probabilities: NDArray[np.floating],
    vectors: NDArray[np.float32],
    labeled: NDArray[np.integer],
    available: NDArray[np.integer],
    size: int,
    strategy: str = DEFAULT,
    seed: int = 0,
    scores: NDArray[np.floating] | None = None,
    counts: NDArray[np.integer] | None = None,
) -> NDArray[np.intp]:
    """Return up to `size` distinct rows worth labeling, the most useful first.

    probabilities: (N, K), calibrated if possible. vectors: (N, D) unit vectors. labeled: rows that
    have a label, never returned. available: rows that may be asked for. strategy: a name in
    `core.learn.strategies.STRATEGIES`. scores: (N, K) zero-shot scores and counts: (K,) labels per
    class; with `counts` given, three places in ten go to the best-scoring images of classes that
    have fewer than two labels, fewest first (scores default to probabilities), unless the strategy
    reserves nothing. These come first.

    The answer depends on `seed` (pass a new one each batch) and not on the order of `available`.

    Raises ValueError for shapes that do not match, a negative size or an unknown strategy.
    """
    way = strategy_of(strategy)
    if probabilities.ndim != 2 or len(probabilities) != len(vectors):
        raise ValueError(
            f"probabilities {probabilities.shape} and vectors {vectors.shape} must have equal N"
        )
    if size < 0:
        raise ValueError(f"size must not be negative, got {size}")
    rng = np.random.default_rng(seed)
    covered = np.unique(labeled).astype(np.intp)
    is_open = np.zeros(len(probabilities), dtype=bool)
    is_open[available] = True
    is_open[covered] = False
    rows = rng.permutation(np.flatnonzero(is_open))
    first = rows[:0]
    if way.reserves:
        hits = scores if scores is not None else probabilities
        first = _reserved(hits, counts, rows, int(size * _RESERVED_SHARE), rng)
        is_open[first] = False
        rows = rows[is_open[rows]]
    candidates = Candidates(rows, probabilities, vectors, np.concatenate([covered, first]))
    rest = way.choose(candidates, min(size - len(first), len(rows)))
    return np.concatenate([first, rest])


def _reserved(
    scores: NDArray[np.floating],
    counts: NDArray[np.integer] | None,
    rows: _Rows,
    places: int,
    rng: np.random.Generator,
) -> _Rows:
    """Return up to `places` of `rows`: the top hit of each class that is short of labels."""
    taken: list[int] = []
    if counts is None or places == 0:
        return np.array(taken, dtype=np.intp)
    if len(counts) != scores.shape[1]:
        raise ValueError(f"counts {counts.shape} must have one entry per class ({scores.shape[1]})")
    order = rng.permutation(len(counts))
    short = order[np.argsort(counts[order], kind="stable")]
    short = short[counts[short] < _ENOUGH_LABELS][:places]
    for wanted in short:
        left = rows[~np.isin(rows, taken)]
        if len(left) == 0:
            break
        taken.append(int(left[scores[left, wanted].argmax()]))
    return np.array(taken, dtype=np.intp)
