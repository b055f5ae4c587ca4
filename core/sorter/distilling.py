"""A head distilled from a collection: what neighbours and clusters add there, carried along.

The collection's own predictions know more than the labels: prompts, look-alikes and groups had
their say. A multinomial regression on vectors alone learns to say the same, from the probabilities
of all images and from what people said of theirs (Hinton et al. 2015, arXiv 1503.02531).

Measured on halves that were never seen, 200 labels (`benchmarks/classify.py`): it starts from
nothing. Starting from the model of the labels brought half a point less on clothing, the same on
CIFAR-10.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.frame import Frame, frame_of
from core.learn.models.fused import Model, Scorer
from core.learn.models.softmax import softmax
from core.learn.models.solver import fit_many
from core.runtime.threads import one_blas_thread

PRECISIONS = (1.0, 0.3, 0.1, 0.03)
"""Of the prior around zero, stiffest first; images are of mean squared norm 1."""

_MOST_IMAGES = 20_000  # that it learns from; more teach it no more
_FOLDS = 5
_TINY = 1e-30  # what a probability of zero counts as in logs


@dataclass(frozen=True, eq=False)
class Distilled:
    """A distilled model and how near it comes to its teacher.

    Attributes:
        model: one trust, which is zero: prompts took part as the teacher did.
        agreement, plain_agreement: share of unlabeled images that models like it which did not see
            them, and the plain model, give the class that the teacher gives them.
        better: whether it comes nearer to the teacher's probabilities than the plain model.
        precision: of the prior that was chosen.
        rows: (m,) rows that took part, rising; outside: (m, K) float32 probabilities of those, by
            models that did not see them.
    """

    model: Model
    agreement: float
    plain_agreement: float
    better: bool
    precision: float
    rows: np.ndarray
    outside: np.ndarray


def distil(
    plain: Scorer,
    vectors: np.ndarray,
    logits: np.ndarray,
    teacher: np.ndarray,
    labeled: np.ndarray,
    classes: np.ndarray,
    seed: int = 0,
) -> Distilled:
    """Learn to say what the collection's predictions say.

    Args:
        plain: the model of the labels alone, to compare with.
        vectors: (N, D) unit vectors of how images look; logits: (N, K) zero-shot logits.
        teacher: (N, K) float32 probabilities of the collection, before the last temperature.
        labeled, classes: (n,) rows with a label, and the labels.
    """
    lesson = _lesson(vectors, teacher, labeled, classes, seed)
    rows, design, wanted = lesson.rows, lesson.design, lesson.wanted
    fold = np.random.default_rng(seed).permutation(len(rows)) % _FOLDS
    with one_blas_thread():
        precision = _best_precision(design, wanted, fold == 0)
        final = _solved(design, wanted, precision)
        outside = np.empty(wanted.shape, np.float32)
        for number in range(_FOLDS):
            out = fold == number
            if out.any():
                weights = _solved(design[~out], wanted[~out], precision, final)
                outside[out] = softmax(design[out] @ weights)
    judged = ~np.isin(rows, labeled)
    own = plain.predict(vectors[rows[judged]], logits[rows[judged]])
    of_teacher = teacher[rows[judged]]
    return Distilled(
        _model(lesson.frame, final.astype(np.float64)),
        _agreement(outside[judged], of_teacher),
        _agreement(own, of_teacher),
        _loss(outside[judged], of_teacher) < _loss(own, of_teacher),
        precision,
        rows,
        outside,
    )


def student(
    vectors: np.ndarray,
    teacher: np.ndarray,
    labeled: np.ndarray,
    classes: np.ndarray,
    precision: float,
    seed: int = 0,
) -> Model:
    """The model that `distil` makes for a precision that is chosen already, and nothing else."""
    lesson = _lesson(vectors, teacher, labeled, classes, seed)
    with one_blas_thread():
        weights = _solved(lesson.design, lesson.wanted, precision)
    return _model(lesson.frame, weights.astype(np.float64))


@dataclass(frozen=True, eq=False)
class _Lesson:
    """What is to be learned: rows (m,) rising, their features (m, D + 1) and targets (m, K)."""

    frame: Frame
    rows: np.ndarray
    design: np.ndarray
    wanted: np.ndarray


def _lesson(
    vectors: np.ndarray, teacher: np.ndarray, labeled: np.ndarray, classes: np.ndarray, seed: int
) -> _Lesson:
    rows = _some(len(vectors), labeled, np.random.default_rng(seed))
    targets = teacher.astype(np.float32)
    targets[labeled] = 0.0
    targets[labeled, classes] = 1.0
    frame = frame_of(vectors)
    design = np.hstack([frame.features(vectors[rows]), np.ones((len(rows), 1), np.float32)])
    return _Lesson(frame, rows, design, targets[rows])


def _some(count: int, labeled: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Rows (m,) to learn from, rising: the labeled ones, and others drawn evenly."""
    if count <= _MOST_IMAGES:
        return np.arange(count)
    return np.union1d(chance.permutation(count)[:_MOST_IMAGES], labeled)


def _best_precision(design: np.ndarray, targets: np.ndarray, out: np.ndarray) -> float:
    """The best of `PRECISIONS` for images that are left out (m,), bool."""
    if not out.any() or out.all():
        return PRECISIONS[0]
    weights: np.ndarray | None = None
    losses = []
    for precision in PRECISIONS:
        weights = _solved(design[~out], targets[~out], precision, weights)
        losses.append(_loss(softmax(design[out] @ weights), targets[out]))
    return PRECISIONS[int(np.argmin(losses))]


def _solved(
    design: np.ndarray, targets: np.ndarray, precision: float, start: np.ndarray | None = None
) -> np.ndarray:
    """Weights (D + 1, K) float32 of a regression of targets (m, K) on features (m, D + 1)."""
    if start is None:
        start = np.zeros((design.shape[1], targets.shape[1]), np.float32)
    nothing = np.zeros((len(design), 1, targets.shape[1]), np.float32)
    ones = np.ones((len(design), 1), np.float32)
    return fit_many(design, nothing, targets, ones, precision, start[:, None])[:, 0]


def _model(frame: Frame, weights: np.ndarray) -> Model:
    """A model of vectors as they come, from weights (D + 1, K) of their features."""
    slopes = frame.turn @ weights[:-1]
    shifts = weights[-1] - frame.centre @ slopes
    return Model(
        slopes[None].astype(np.float32),
        shifts[None].astype(np.float32),
        np.zeros(1, np.float32),
        np.ones(1),
    )


def _loss(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Mean cross-entropy of targets (n, K) under probabilities (n, K); 0 for no images."""
    logs = np.log(np.maximum(probabilities, _TINY))
    return -float((targets * logs).sum(axis=1).mean()) if len(logs) else 0.0


def _agreement(left: np.ndarray, right: np.ndarray) -> float:
    same = left.argmax(axis=1) == right.argmax(axis=1)
    return float(same.mean()) if len(same) else 1.0
