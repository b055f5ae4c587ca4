"""The model: logistic regression that starts from the prompts and moves as labels arrive.

Logits are `a * offsets + F W + b`: the zero-shot logits as an offset, `F` the image vectors in
their frame (`core.learn.models.frame`), W ~ N(0, 6²), b ~ N(0, 1), by maximum a posteriori
(MAP). How far to trust the prompts, `a`, is not fitted jointly: one model is fitted for each of
five values, each is scored by out-of-fold log-likelihood, and their probabilities are averaged.
Without labels W and b are zero, so the result is zero-shot exactly. Ancestors: LP++ (Huang
et al., CVPR 2024) and CLAP (Silva-Rodriguez et al., CVPR 2024), which also start from text.

The optimum of W lies in the span of the labeled vectors, so every fit is done in coordinates of
that span: its cost depends on the number of labels and classes, not on the number of images.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.shape import Shape, Shaping
from core.learn.models.folds import FOLDS, fold_likelihood
from core.learn.models.frame import BIAS_SD, PRECISION, WEIGHT_SD, Frame, Ground, frame_of
from core.learn.models.many import MANY, solve_in_turn
from core.learn.models.softmax import highest, log_softmax, softmax
from core.learn.models.solver import MEMORY, TOLERANCE, fit_many
from core.runtime.pausing import breathe
from core.runtime.rows import is_stored
from core.runtime.threads import one_blas_thread

__all__ = [
    "TRUST",
    "Fit",
    "Fused",
    "Model",
    "Scorer",
    "Thrift",
    "check",
    "fit",
    "fuse",
    "shares_of",
    "trust_weights",
]

TRUST = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Values of `a`: 0 ignores the prompts, 1 takes their logits as they are."""

# Penalty (1 - a)^2 on the log scale: with few labels the prompts are believed. Weaker ones let four
# wrong first labels cost several points; a hundred labels overrule this one.
_TRUST_PRIOR = 20.0
_LEAST_SHARE = 1e-4  # of the average, from which on a trust is part of a model
CHUNK_ROWS = 8_192
_PRODUCTS, _LEAST_ROWS = 1 << 22, 256  # at a time: a pause of pages is between two such steps

_Array = NDArray[np.float64]
_Float = NDArray[np.float32]
_Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Fused:
    """What the model believes about every image.

    `probabilities` (N, K) float32, rows sum to 1; `weights` maps each trust `a` to its share of the
    average (sums to 1); `labeled` counts the distinct labeled rows.
    """

    probabilities: _Float
    weights: dict[float, float]
    labeled: int


class Scorer(Protocol):
    """What was learned of some labels, ready for any image of the same encoder."""

    @property
    def shares(self) -> dict[float, float]:
        """Each trust of `TRUST` and its share of the average; they sum to 1."""
        ...

    def predict(self, vectors: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities of images, from vectors (n, D) and offsets (n, K)."""
        ...


S_co = TypeVar("S_co", bound=Scorer, covariant=True)


@dataclass(frozen=True)
class Model:
    """A fitted model, ready for any image of the same encoder.

    `slopes` (A, D, K) and `shifts` (A, K) act on vectors as they come, one for each trust in
    `trusts` (A,); `weights` (A,) are their shares of the average. A = 0: prompts only.
    """

    slopes: _Float
    shifts: _Float
    trusts: _Float
    weights: _Array

    @property
    def shares(self) -> dict[float, float]:
        """Each trust of `TRUST` and its share of the average; they sum to 1."""
        shares = dict.fromkeys(TRUST, 0.0) | ({} if len(self.trusts) else {1.0: 1.0})
        for trust, weight in zip(self.trusts.tolist(), self.weights.tolist(), strict=True):
            shares[trust] += weight
        return shares

    def predict(self, vectors: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities of images, from vectors (n, D) and offsets (n, K)."""
        if len(self.trusts) == 0:
            return softmax(offsets)
        joined = np.hstack(list(self.slopes))
        result = np.empty(offsets.shape, dtype=np.float32)
        rows = CHUNK_ROWS
        if offsets.shape[1] > MANY:  # with fewer classes the last digits stay what they were
            rows = min(CHUNK_ROWS, max(_LEAST_ROWS, _PRODUCTS // joined.shape[1]))
        for begin in range(0, len(vectors), rows):
            breathe()
            block = slice(begin, begin + rows)
            result[block] = self.of_products(vectors[block] @ joined, offsets[block])
        return result

    def of_products(self, products: _Float, offsets: NDArray[np.floating]) -> _Float:
        """Return (n, K) probabilities from vectors times all slopes, (n, A K), which is written
        to, and offsets (n, K)."""
        count = offsets.shape[1]
        ones = np.ones(count, dtype=np.float32)
        logits = products.reshape(-1, len(self.trusts), count)
        logits += self.shifts
        logits += self.trusts[:, None] * offsets[:, None]
        logits -= highest(logits)[..., None]
        np.exp(logits, out=logits)
        # Products with ones: sums over a short last axis are several times slower.
        shares = self.weights.astype(np.float32) / (logits @ ones)
        mean = (shares[:, None] @ logits)[:, 0]
        return mean / (mean @ ones)[:, None]


@dataclass(frozen=True, eq=False)
class Fit(Generic[S_co]):
    """Models of m labeled images: `model` saw all, `without[i]` not the i-th group that was to be
    held out, `others[f]` not those whose fold, in `folds` (m,), is f.

    To go on with a fit, else None: likelihood (m, A) of each label out of fold, by trust.
    """

    model: S_co
    without: Sequence[S_co]
    others: Sequence[S_co]
    folds: NDArray[np.intp]
    likelihood: _Array | None = None


@dataclass(frozen=True)
class Thrift:
    """What a fit saves. Where several are averaged each costs, and no one matters by itself.

    Attributes:
        least: share of the average from which on a trust is part of a model.
        memory: steps that the solver remembers.
        tolerance: of the solver.
    """

    least: float = _LEAST_SHARE
    memory: int = MEMORY
    tolerance: float = TOLERANCE


def fuse(
    vectors: _Float,
    offsets: _Float,
    rows: NDArray[np.integer],
    classes: NDArray[np.integer],
    seed: int = 0,
) -> Fused:
    """Fit the fused model to some labels and predict every image.

    vectors: (N, D) image vectors. offsets: (N, K) zero-shot logits, that is score / temperature.
    rows, classes: (n,) row of each label and its class; a row may come twice. An image counts once
    however often it was labeled: repeated equal labels change nothing, conflicting ones share it
    equally. Labeled rows get the model's opinion too; the human label is the caller's to apply.

    No labels: `softmax(offsets)`, bit for bit. Permuting images, labels or classes permutes the
    result. `seed` decides the folds only. Memory beside the inputs: O(N K).

    Raises ValueError for what `check` and `shares_of` refuse.
    """
    check(vectors, offsets)
    units, targets = shares_of(rows, classes, *offsets.shape)
    model = fit(frame_of(vectors), vectors[units], offsets[units], targets, seed=seed).model
    return Fused(model.predict(vectors, offsets), model.shares, len(units))


def check(vectors: _Float, offsets: NDArray[np.floating]) -> None:
    """Raise ValueError unless vectors (N, D) and offsets (N, K) fit together and are finite."""
    if vectors.ndim != 2 or offsets.ndim != 2 or len(vectors) != len(offsets):
        raise ValueError(
            f"vectors {vectors.shape} and offsets {offsets.shape} must be (N, D) and (N, K)"
        )
    if vectors.shape[0] == 0 or vectors.shape[1] == 0 or offsets.shape[1] == 0:
        raise ValueError(f"nothing to fit: vectors {vectors.shape}, offsets {offsets.shape}")
    if not is_stored(vectors) and not np.isfinite(vectors).all():  # a store takes no others
        raise ValueError("vectors hold a value that is not finite")
    if not np.isfinite(offsets).all():
        raise ValueError("offsets hold a value that is not finite")


def shares_of(
    rows: NDArray[np.integer], classes: NDArray[np.integer], images: int, count: int
) -> tuple[_Rows, _Array]:
    """Return the distinct labeled rows (m,) and their class shares (m, K).

    Raises ValueError for shapes that do not match, or rows or classes out of range.
    """
    if rows.ndim != 1 or rows.shape != classes.shape:
        raise ValueError(f"rows {rows.shape} and classes {classes.shape} must both be (n,)")
    if len(rows) and (rows.min() < 0 or rows.max() >= images):
        raise ValueError(f"a labeled row lies outside 0..{images - 1}")
    if len(rows) and (classes.min() < 0 or classes.max() >= count):
        raise ValueError(f"a class lies outside 0..{count - 1}")
    units, position = np.unique(rows, return_inverse=True)
    votes = np.zeros((len(units), count))
    # One vote a class, however often it was given: a repeated label is no new evidence.
    votes[position, classes] = 1.0
    return units.astype(np.intp), votes / votes.sum(axis=1, keepdims=True)


def fit(
    frame: Frame,
    vectors: _Float,
    offsets: NDArray[np.floating],
    targets: _Array,
    held: Sequence[_Rows] = (),
    seed: int = 0,
    shaping: Shaping | None = None,
    ground: Ground | None = None,
    whole: Fit[Model] | None = None,
    thrift: Thrift | None = None,
) -> Fit[Model]:
    """Fit to m labeled images: a model of all of them, one without each of `held`, one a fold.

    vectors: (m, D). offsets: (m, K). targets: (m, K) class shares. held: positions among the m to
    leave out. How much a model trusts the prompts is judged by the images that it sees. shaping:
    what a head changes in the loss (`core.learn.heads`); None for nothing. ground: of the same
    frame, vectors, targets and seed, where it is there already. whole: a fit of the same with
    nothing held out, so that only models without `held` are to be made. thrift: where several fits
    are averaged.
    """
    (m, count), begin = targets.shape, 1 + len(held)
    thrift = thrift or Thrift()
    slopes = np.empty((0, vectors.shape[1], count), np.float32)
    nothing = Model(slopes, slopes[:, 0], slopes[:, 0, 0], np.empty(0))
    if m == 0:
        return Fit(nothing, [nothing] * len(held), [], np.empty(0, dtype=np.intp))
    earlier = whole if held and whole and whole.likelihood is not None and count <= MANY else None
    with one_blas_thread():
        ground = ground or Ground.of(frame, vectors, targets, seed)
        folds = ground.folds
        included = np.ones((m, begin + FOLDS), dtype=np.float32)
        for index, out in enumerate(held):
            included[out, 1 + index] = 0.0
        included[:, begin:] = folds[:, None] != np.arange(FOLDS)
        if earlier:
            included = included[:, 1:begin]
        shape = shaping(targets, included) if shaping else Shape(included, targets)
        material = ground.coordinates, offsets, targets, shape, folds, included
        solved, likelihood = _solve(*material, earlier.likelihood if earlier else None, thrift)
        models = []
        for group, seen in enumerate(included.T):
            own = solved[:, group], trust_weights(seen, likelihood), thrift.least
            models.append(_model(ground, *own) if seen.any() else nothing)
    if earlier:
        return replace(earlier, without=models)
    return Fit(models[0], models[1:begin], models[begin:], folds, likelihood)


def trust_weights(included: _Float, likelihood: _Array) -> _Array:
    """Return the share (A,) of each trust, by the log-likelihood (m, A) of the images included."""
    evidence = included @ likelihood - _TRUST_PRIOR * (1.0 - np.array(TRUST)) ** 2
    return np.exp(log_softmax(evidence[None])[0])


def _solve(
    coordinates: _Array,
    offsets: NDArray[np.floating],
    targets: _Array,
    shape: Shape,
    folds: _Rows,
    included: _Float,
    judged: _Array | None,
    thrift: Thrift,
) -> tuple[NDArray[np.float32], _Array]:
    """Fit every trust to every choice of rows, the last five choices being the folds.

    Returns weights (r + 1, G, A, K) and the out-of-fold log-likelihood (m, A) of each label.
    judged: that, where it is known; no choice is a fold then, and weights of trusts that are no
    part of a model stay zero.
    """
    (m, groups), count = shape.weights.shape, targets.shape[1]
    trusts = np.array(TRUST, dtype=np.float32)
    design, text = coordinates.astype(np.float32), offsets.astype(np.float32)
    judge = partial(fold_likelihood, design, text, trusts, shape, targets, folds)
    if count > MANY:
        return solve_in_turn(
            design, text, trusts, shape, FOLDS, PRECISION, judge,
            lambda choice, seen: trust_weights(included[:, choice], seen) > thrift.least,
        )  # fmt: skip
    base = (trusts[:, None] * text[:, None, None]).astype(np.float32)  # (m, 1, A, K)
    if shape.shift is not None:  # learned with, predicted without
        base = base + shape.shift[:, None]
    base = np.broadcast_to(base, (m, groups, len(trusts), count)).reshape(m, -1, count)
    start = np.zeros((design.shape[1], groups * len(trusts), count), dtype=np.float32)
    each, aims = np.repeat(shape.weights, len(trusts), axis=1), shape.targets.astype(np.float32)
    some: slice | NDArray[np.bool_] = slice(None)
    if judged is not None:
        some = np.ravel([trust_weights(seen, judged) > thrift.least for seen in included.T])
    problems = base[:, some], aims, each[:, some], PRECISION, start[:, some]
    start[:, some] = fit_many(design, *problems, thrift.tolerance, shape.focus, thrift.memory)
    solved = start.reshape(design.shape[1], groups, len(trusts), count)
    return solved, judge(solved[:, -FOLDS:]) if judged is None else judged


def _model(ground: Ground, solved: NDArray[np.float32], weights: _Array, least: float) -> Model:
    """Turn weights (r + 1, A, K) in the span into a model of vectors as they come."""
    used = weights > least
    solved, weights = solved[:, used].astype(np.float64), weights[used]
    slopes = np.tensordot(ground.turn, solved[:-1], 1).transpose(1, 0, 2)
    shifts = solved[-1] * (BIAS_SD / WEIGHT_SD) - np.tensordot(ground.frame.centre, slopes, (0, 1))
    trusts = np.array(TRUST, dtype=np.float32)[used]
    return Model(
        slopes.astype(np.float32), shifts.astype(np.float32), trusts, weights / weights.sum()
    )
