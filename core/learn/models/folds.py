"""Folds of labeled images: how they are dealt, and what models that did not see one say of it."""

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.shape import Shape
from core.learn.models.softmax import log_softmax

__all__ = ["FOLDS", "JUDGING", "Deal", "deal_folds", "dealt", "fold_likelihood", "folds_for"]

FOLDS = 5
JUDGING = 10
"""Folds at most in which rows are judged by models that did not see them."""
_MOST_OUT = 20  # one in so many labels is left out of such a fold, where there are words
Deal = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows judged together: places among the rows to judge, and places among the labeled rows to leave
out for it."""


def deal_folds(
    vectors: NDArray[np.float32], targets: NDArray[np.float64], seed: int
) -> NDArray[np.intp]:
    """Deal m labeled images into at most five folds, classes spread evenly.

    Images with equal vectors share a fold, since one would give the other's label away. The deal
    depends on what the images are and not on where they stand, so permuting images, labels or
    classes changes nothing.
    """
    distinct, position = np.unique(vectors, axis=0, return_inverse=True)
    first = np.full(len(distinct), len(vectors))
    shuffled = np.random.default_rng(seed).permutation(len(distinct))
    np.minimum.at(first, position, np.arange(len(vectors)))
    patterns, stratum = np.unique(targets[first], axis=0, return_inverse=True)
    # A stratum is known by its first member in the shuffled order, not by its class number.
    leader = np.full(len(patterns), len(distinct))
    np.minimum.at(leader, stratum, shuffled)
    order = np.lexsort((shuffled, leader[stratum]))
    fold = np.empty(len(distinct), dtype=np.intp)
    fold[order] = np.arange(len(distinct)) % FOLDS
    return fold[position]


def fold_likelihood(
    design: NDArray[np.float32],
    offsets: NDArray[np.float32],
    trusts: NDArray[np.float32],
    shape: Shape,
    targets: NDArray[np.float64],
    folds: NDArray[np.intp],
    solved: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return the log-likelihood (m, A) of each label by the weights learned without its fold.

    design: (m, r). offsets: (m, K), times each of `trusts` (A,) at the base of the logits. targets:
    (m, K) class shares. folds: (m,). solved: (r, FOLDS, A, K) weights without each fold.
    """
    count, likelihood = targets.shape[1], np.empty((len(targets), len(trusts)))
    for fold in range(FOLDS):
        out = folds == fold
        logits = np.tensordot(design[out], solved[:, fold], 1)  # (of the fold, A, K)
        logits += trusts[:, None] * offsets[out, None]
        if shape.shift is not None:
            logits += shape.shift[fold - FOLDS]
        logs = log_softmax(logits.reshape(-1, count)).reshape(logits.shape)
        likelihood[out] = np.einsum("mk,mak->ma", targets[out], logs)
    return likelihood


def dealt(asked: NDArray[np.integer], units: NDArray[np.intp], seed: int, folds: int) -> list[Deal]:
    """Deal rows to judge into folds; an image's own label and its fold's are left out with it."""
    deal = np.random.default_rng(seed).permutation(len(asked)) % folds
    places = [np.flatnonzero(deal == fold) for fold in range(min(folds, len(asked)))]
    return [(own, np.flatnonzero(np.isin(units, asked[own]))) for own in places]


def folds_for(asked: NDArray[np.integer], units: NDArray[np.intp], many: bool, words: bool) -> int:
    """How many folds judge the rows asked (t,) of a model of labeled rows (m,), at most ten.

    many: whether there are very many classes, which take five. words: with them a fold costs
    several fits, so there are as few as leave a twentieth of the labels out of each, five at least.
    """
    if many:
        return JUDGING // 2
    if not words:
        return JUDGING
    labels = int(np.isin(asked, units).sum())
    return max(JUDGING // 2, min(JUDGING, -(-labels * _MOST_OUT // max(1, len(units)))))
