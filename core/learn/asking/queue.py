"""Which images to label next."""

import heapq
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Kind", "entropy", "least_confident", "margin", "next_batch"]

Kind = Literal["uherding", "margin", "entropy", "least-confident", "random"]

_SUBSAMPLE = 2_000
_RESERVED_SHARE = 0.3  # of a batch, for classes that have fewer labels than this:
_ENOUGH_LABELS = 2

_Probabilities = NDArray[np.floating]
_Rows = NDArray[np.intp]


def margin(probabilities: _Probabilities) -> NDArray[np.float32]:
    """Return (N,) the best minus the second-best probability of each row; 0 is least certain.

    With a single class there is no second: 1 - p is returned, 0 for a softmax, so that no image
    counts as uncertain or certain above another.
    """
    if probabilities.shape[1] == 1:
        return (1.0 - probabilities[:, 0]).astype(np.float32)
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    return (best[:, 1] - best[:, 0]).astype(np.float32)


def entropy(probabilities: _Probabilities) -> NDArray[np.float32]:
    """Return (N,) the Shannon entropy of each row in nats, 0 to log K; high is least certain."""
    floor = np.finfo(np.float32).tiny
    return (
        -(probabilities * np.log(np.maximum(probabilities, floor))).sum(axis=1).astype(np.float32)
    )


def least_confident(probabilities: _Probabilities) -> NDArray[np.float32]:
    """Return (N,) one minus the best probability of each row; high is least certain."""
    return (1.0 - probabilities.max(axis=1)).astype(np.float32)


def next_batch(
    probabilities: _Probabilities,
    vectors: NDArray[np.float32],
    labelled: NDArray[np.integer],
    available: NDArray[np.integer],
    size: int,
    kind: Kind = "uherding",
    seed: int = 0,
    scores: NDArray[np.floating] | None = None,
    counts: NDArray[np.integer] | None = None,
) -> NDArray[np.intp]:
    """Return up to `size` distinct rows worth labeling, the most useful first.

    probabilities: (N, K), calibrated if possible. vectors: (N, D) unit vectors. labelled: rows
    that have a label, never returned. available: rows that may be asked for. scores: (N, K)
    zero-shot scores and counts: (K,) labels per class; with `counts` given, three places in ten go
    to the best-scoring images of classes that have fewer than two labels, fewest first (scores
    default to probabilities). These come first. The kind "random" reserves nothing, because it
    must stay uniform.

    Kinds: "uherding" (Bae et al., ICLR 2025) covers what is both uncertain and unlike anything
    labelled, on a fresh subsample of 2,000 rows; "margin" and "entropy" take the least certain;
    "least-confident" the least certain of each predicted class in turn; "random" draws uniformly.
    The answer depends on `seed` (pass a new one each batch) and not on the order of `available`.
    Time O(2,000 (2,000 + n) D), free of N but for the margin.

    Raises ValueError for shapes that do not match, a negative size or an unknown kind.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(vectors):
        raise ValueError(
            f"probabilities {probabilities.shape} and vectors {vectors.shape} must have equal N"
        )
    if size < 0:
        raise ValueError(f"size must not be negative, got {size}")
    rng = np.random.default_rng(seed)
    known = np.unique(labelled).astype(np.intp)
    pool = rng.permutation(np.setdiff1d(available, known).astype(np.intp))
    if kind == "random":
        return pool[:size]
    hits = scores if scores is not None else probabilities
    first = _reserved(hits, counts, pool, int(size * _RESERVED_SHARE), rng)
    pool = pool[~np.isin(pool, first)]
    wanted = min(size - len(first), len(pool))
    if kind == "margin":
        rest = pool[np.argsort(margin(probabilities[pool]), kind="stable")[:wanted]]
    elif kind == "entropy":
        rest = pool[np.argsort(-entropy(probabilities[pool]), kind="stable")[:wanted]]
    elif kind == "least-confident":
        rest = pool[_class_by_class(probabilities[pool])[:wanted]]
    elif kind == "uherding":
        covered = np.concatenate([known, first])
        rest = _uherding(probabilities, vectors, covered, pool, wanted)
    else:
        raise ValueError(f"unknown kind of queue: {kind!r}")
    return np.concatenate([first, rest])


def _class_by_class(probabilities: _Probabilities) -> NDArray[np.intp]:
    """Return the order of rows: the least confident of each predicted class, then the second..."""
    predicted, doubt = probabilities.argmax(axis=1), least_confident(probabilities)
    by_class = np.lexsort((-doubt, predicted))
    sizes = np.unique(predicted, return_counts=True)[1]
    rank = np.concatenate([np.arange(size) for size in sizes]) if len(sizes) else by_class
    return by_class[np.lexsort((-doubt[by_class], rank))]


def _reserved(
    scores: NDArray[np.floating],
    counts: NDArray[np.integer] | None,
    pool: _Rows,
    places: int,
    rng: np.random.Generator,
) -> _Rows:
    """Return up to `places` rows: the top hit of each class that is short of labels."""
    taken: list[int] = []
    if counts is None or places == 0:
        return np.array(taken, dtype=np.intp)
    if len(counts) != scores.shape[1]:
        raise ValueError(f"counts {counts.shape} must have one entry per class ({scores.shape[1]})")
    order = rng.permutation(len(counts))
    short = order[np.argsort(counts[order], kind="stable")]
    short = short[counts[short] < _ENOUGH_LABELS][:places]
    for wanted in short:
        left = pool[~np.isin(pool, taken)]
        if len(left) == 0:
            break
        taken.append(int(left[scores[left, wanted].argmax()]))
    return np.array(taken, dtype=np.intp)


def _uherding(
    probabilities: _Probabilities,
    vectors: NDArray[np.float32],
    covered: _Rows,
    pool: _Rows,
    size: int,
) -> _Rows:
    """Greedily maximise the uncertainty-weighted kernel coverage of a subsample of `pool`.

    `pool` comes shuffled, so its head is the subsample. Kernel width: the smallest distance
    between two labelled points, hence wide coverage at first and plain margin in the end.
    """
    sample = pool[: max(_SUBSAMPLE, size)]
    if size == 0:
        return sample[:0]
    points = vectors[sample]
    squared = _squared_distances(points, points)
    width = _squared_width(vectors[covered], squared)
    doubt = (1.0 - margin(probabilities[sample])).astype(np.float32)
    kernel = np.exp(-squared / width, out=squared)
    coverage = np.zeros(len(sample), dtype=np.float32)
    for start in range(0, len(covered), _SUBSAMPLE):
        near = _squared_distances(points, vectors[covered[start : start + _SUBSAMPLE]])
        coverage = np.maximum(coverage, np.exp(-near / width).max(axis=1))
    chosen = _greedy(kernel, doubt, coverage, size)
    return sample[chosen]


def _greedy(
    kernel: NDArray[np.float32],
    doubt: NDArray[np.float32],
    coverage: NDArray[np.float32],
    size: int,
) -> list[int]:
    """Return the greedy choice of `size` columns of `kernel` (M, M).

    Gains only shrink as columns are added (the objective is submodular), so a column whose old
    gain is below the best fresh one need not be looked at again (Minoux's lazy greedy).
    """

    def gain(column: int) -> float:
        return float(doubt @ np.maximum(kernel[column] - coverage, 0.0))

    heap = [(-gain(column), column, 0) for column in range(len(kernel))]
    heapq.heapify(heap)
    chosen: list[int] = []
    while len(chosen) < size:
        _, column, round_seen = heapq.heappop(heap)
        if round_seen == len(chosen):
            chosen.append(column)
            coverage = np.maximum(coverage, kernel[column])
        else:
            heapq.heappush(heap, (-gain(column), column, len(chosen)))
    return chosen


def _squared_width(labelled: NDArray[np.float32], squared: NDArray[np.float32]) -> float:
    """Return the squared kernel width from the labelled points, else from the subsample.

    The smallest distance between two distinct labelled points; with fewer than two of them, the
    median distance from a sampled point to its nearest other. Copies (distance nil but for
    rounding) do not count.
    """
    copies = 1e-6 * max(float(squared.max()), 1e-12)
    if len(labelled) > 1:
        between = _squared_distances(labelled, labelled)
        apart = between[between > copies]
        if apart.size:
            return float(apart.min())
    others = np.where(squared > copies, squared, np.inf).min(axis=1)
    apart = others[np.isfinite(others)]
    return float(np.median(apart)) if apart.size else 1.0


def _squared_distances(
    left: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (L, R) squared Euclidean distances, never negative."""
    squares = np.einsum("nd,nd->n", left, left)[:, None] + np.einsum("nd,nd->n", right, right)
    squares -= 2.0 * (left @ right.T)
    return np.maximum(squares, 0.0, out=squares)
