"""The model: logistic regression that starts from the prompts and moves as labels arrive.

Logits are `a * offsets + F W + b`: the zero-shot logits as an offset, `F` the image vectors,
centred and scaled to a mean squared norm of 1, W ~ N(0, 6²), b ~ N(0, 1), by maximum a posteriori
(MAP). How far to trust the prompts, `a`, is not fitted jointly: one model is fitted for each of
five values, each is scored by out-of-fold log-likelihood, and their probabilities are averaged.
Without labels W and b are zero, so the result is zero-shot exactly. Ancestors: LP++ (Huang
et al., CVPR 2024) and CLAP (Silva-Rodriguez et al., CVPR 2024), which also start from text.

The optimum of W lies in the span of the labelled vectors, so every fit is done in coordinates of
that span: its cost depends on the number of labels and classes, not on the number of images.
"""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from core.learn.softmax import log_softmax, softmax

__all__ = ["TRUST", "Fused", "fuse"]

TRUST = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Values of `a`: 0 ignores the prompts, 1 takes their logits as they are."""

_WEIGHT_SD = 6.0
_BIAS_SD = 1.0
_FOLDS = 5
_TRUST_PRIOR = 5.0  # penalty (1 - a)^2 on the log scale: with few labels the prompts are believed
_CHUNK_ROWS = 8_192
_FITTING = threading.Lock()

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fused:
    """What the model believes about every image.

    `probabilities` (N, K) float32, rows sum to 1; `weights` maps each trust `a` to its share of the
    average (sums to 1); `labelled` counts the distinct labelled rows.
    """

    probabilities: NDArray[np.float32]
    weights: dict[float, float]
    labelled: int


@dataclass(frozen=True)
class _Span:
    """Labelled vectors in coordinates of their own span, bias column included."""

    coordinates: _Array  # (m, r + 1); the last column is the bias
    basis: _Array  # (D, r), orthonormal columns
    centre: _Array  # (D,)
    scale: float


def fuse(
    vectors: NDArray[np.float32],
    offsets: NDArray[np.float32],
    rows: NDArray[np.integer],
    classes: NDArray[np.integer],
    seed: int = 0,
) -> Fused:
    """Fit the fused model to some labels and predict every image.

    vectors: (N, D) image vectors. offsets: (N, K) zero-shot logits, that is score / temperature.
    rows, classes: (n,) row of each label and its class; a row may come twice. An image counts once
    however often it was labelled: repeated equal labels change nothing, conflicting ones share it
    equally. Labelled rows get the model's opinion too; the human label is the caller's to apply.

    No labels: `softmax(offsets)`, bit for bit. Permuting images, labels or classes permutes the
    result. `seed` decides the folds only. Memory beside the inputs: O(N K).

    Raises ValueError for shapes that do not match, rows or classes out of range, or values that
    are not finite.
    """
    _check(vectors, offsets, rows, classes)
    if len(rows) == 0:
        return Fused(softmax(offsets), {a: float(a == 1.0) for a in TRUST}, 0)
    units, targets = _targets(rows, classes, offsets.shape[1])
    span = _span(vectors, units)
    text = offsets[units].astype(np.float64)
    folds = _folds(vectors[units], targets, seed)
    # The products are small: threads cost more than they bring, tenfold when the CPU is busy.
    # The limit is the whole process's, so two fits must not interleave setting and restoring it.
    with _FITTING, threadpool_limits(1, user_api="blas"):
        fits, weights = _fit_all(span.coordinates, text, targets, folds)
    probabilities = _predict(vectors, offsets, span, fits, weights)
    return Fused(probabilities, dict(zip(TRUST, weights.tolist(), strict=True)), len(units))


def _check(
    vectors: NDArray[np.float32],
    offsets: NDArray[np.float32],
    rows: NDArray[np.integer],
    classes: NDArray[np.integer],
) -> None:
    """Raise ValueError unless the four arrays fit together and are finite."""
    if vectors.ndim != 2 or offsets.ndim != 2 or len(vectors) != len(offsets):
        raise ValueError(
            f"vectors {vectors.shape} and offsets {offsets.shape} must be (N, D) and (N, K)"
        )
    if vectors.shape[0] == 0 or vectors.shape[1] == 0 or offsets.shape[1] == 0:
        raise ValueError(f"nothing to fit: vectors {vectors.shape}, offsets {offsets.shape}")
    if rows.ndim != 1 or rows.shape != classes.shape:
        raise ValueError(f"rows {rows.shape} and classes {classes.shape} must both be (n,)")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors hold a value that is not finite")
    if not np.isfinite(offsets).all():
        raise ValueError("offsets hold a value that is not finite")
    if len(rows) and (rows.min() < 0 or rows.max() >= len(vectors)):
        raise ValueError(f"a labelled row lies outside 0..{len(vectors) - 1}")
    if len(rows) and (classes.min() < 0 or classes.max() >= offsets.shape[1]):
        raise ValueError(f"a class lies outside 0..{offsets.shape[1] - 1}")


def _targets(
    rows: NDArray[np.integer], classes: NDArray[np.integer], count: int
) -> tuple[NDArray[np.intp], _Array]:
    """Return the distinct labelled rows (m,) and their class shares (m, K)."""
    units, position = np.unique(rows, return_inverse=True)
    votes = np.zeros((len(units), count))
    # One vote a class, however often it was given: a repeated label is no new evidence.
    votes[position, classes] = 1.0
    return units.astype(np.intp), votes / votes.sum(axis=1, keepdims=True)


def _span(vectors: NDArray[np.float32], units: NDArray[np.intp]) -> _Span:
    """Rotate the labelled vectors into the span of their own rows."""
    centre = vectors.mean(axis=0, dtype=np.float64)
    squares = np.einsum("nd,nd->n", vectors, vectors).mean(dtype=np.float64)
    spread = float(squares - centre @ centre)
    # Identical vectors leave rounding noise only, which must not be blown up to unit norm.
    scale = 1.0 / np.sqrt(spread) if spread > 1e-6 * squares else 0.0
    labelled = (vectors[units] - centre) * scale
    if labelled.shape[0] <= labelled.shape[1]:
        values, left = np.linalg.eigh(labelled @ labelled.T)
        keep = values > max(values[-1], 1e-12) * 1e-10
        roots = np.sqrt(values[keep])
        basis = labelled.T @ (left[:, keep] / roots)
        coordinates = left[:, keep] * roots
    else:
        values, basis = np.linalg.eigh(labelled.T @ labelled)
        basis = basis[:, values > max(values[-1], 1e-12) * 1e-10]
        coordinates = labelled @ basis
    # A constant column of this height makes the weights' prior give the bias its own.
    bias = np.full((len(units), 1), _BIAS_SD / _WEIGHT_SD)
    return _Span(np.hstack([coordinates, bias]), basis, centre, scale)


def _folds(vectors: NDArray[np.float32], targets: _Array, seed: int) -> NDArray[np.intp]:
    """Deal m labelled images into at most five folds, classes spread evenly.

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
    fold[order] = np.arange(len(distinct)) % _FOLDS
    return fold[position]


def _fit_all(
    coordinates: _Array, text: _Array, targets: _Array, folds: NDArray[np.intp]
) -> tuple[list[_Array], _Array]:
    """Return the MAP weights for every trust `a` and each one's share of the average."""
    fits = []
    evidence = np.empty(len(TRUST))
    start = np.zeros((coordinates.shape[1], text.shape[1]))
    for index, a in enumerate(TRUST):
        start = _fit(coordinates, a * text, targets, start)
        fits.append(start)
        held_out = _held_out(coordinates, a * text, targets, folds, start)
        evidence[index] = held_out - _TRUST_PRIOR * (1.0 - a) ** 2
    return fits, np.exp(log_softmax(evidence[None])[0])


def _held_out(
    coordinates: _Array, base: _Array, targets: _Array, folds: NDArray[np.intp], start: _Array
) -> float:
    """Return the summed log-likelihood of each label under a model that did not see its fold."""
    total = 0.0
    for fold in np.unique(folds):
        out = folds == fold
        weights = _fit(coordinates[~out], base[~out], targets[~out], start)
        total += float((targets[out] * log_softmax(base[out] + coordinates[out] @ weights)).sum())
    return total


def _fit(coordinates: _Array, base: _Array, targets: _Array, start: _Array) -> _Array:
    """Return the MAP weights (r + 1, K) of a multinomial regression with fixed offsets `base`."""
    if len(coordinates) == 0:
        return np.zeros_like(start)
    # The curvature is at most half the squared coordinates; dividing by its root makes the problem
    # round, so that L-BFGS needs tens of steps and not hundreds.
    curvature = 0.1 * np.square(coordinates).sum(axis=0) + 1.0 / _WEIGHT_SD**2
    root = np.sqrt(curvature)[:, None]
    scaled = coordinates / root.T
    ridge = 1.0 / (_WEIGHT_SD**2 * curvature[:, None])
    shape = start.shape

    def loss(flat: _Array) -> tuple[float, _Array]:
        weights = flat.reshape(shape)
        logs = log_softmax(base + scaled @ weights)
        shrink = ridge * weights
        value = 0.5 * float((shrink * weights).sum()) - float((targets * logs).sum())
        return value, (scaled.T @ (np.exp(logs) - targets) + shrink).ravel()

    options = {"maxiter": 300, "maxcor": 20, "gtol": 1e-3, "ftol": 1e-9}
    found = minimize(loss, (start * root).ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(shape) / root


def _predict(
    vectors: NDArray[np.float32],
    offsets: NDArray[np.float32],
    span: _Span,
    fits: list[_Array],
    weights: _Array,
) -> NDArray[np.float32]:
    """Average the probabilities of all fits over every image, a block of rows at a time."""
    slopes = [span.scale * (span.basis @ fit[:-1]) for fit in fits]
    joined = np.hstack(slopes).astype(np.float32)
    shifts = [
        fit[-1] * (_BIAS_SD / _WEIGHT_SD) - span.centre @ slope
        for fit, slope in zip(fits, slopes, strict=True)
    ]
    count = offsets.shape[1]
    result = np.empty(offsets.shape, dtype=np.float32)
    for begin in range(0, len(vectors), _CHUNK_ROWS):
        block = slice(begin, begin + _CHUNK_ROWS)
        linear = vectors[block] @ joined
        mean = np.zeros((len(linear), count))
        for index, a in enumerate(TRUST):
            part = linear[:, index * count : (index + 1) * count] + shifts[index]
            mean += weights[index] * np.exp(log_softmax(part + a * offsets[block]))
        result[block] = mean / mean.sum(axis=1, keepdims=True)
    return result
