"""The head of balanced batches: several models, each of a draw in which all classes come alike."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.shape import Shape
from core.learn.heads.shapings import counts_of
from core.learn.models.frame import Frame
from core.learn.models.fused import Fit, Model, fit

__all__ = ["fit_balanced"]

_DRAWS = 3


def fit_balanced(
    frame: Frame,
    vectors: NDArray[np.float32],
    offsets: NDArray[np.floating],
    targets: NDArray[np.float64],
    held: Sequence[NDArray[np.intp]] = (),
    seed: int = 0,
) -> Fit[Model]:
    """Fit three models to draws of the labels with replacement, and average them.

    Every class is drawn as often as every other (after the balanced forests of Chen, Liaw and
    Breiman, 2004), each image a Poisson number of times, and the draw depends on what an image is,
    not on where it stands. Arguments as of `core.learn.models.fused.fit`.
    """
    draws = _draws(vectors, seed)
    fits = [
        fit(frame, vectors, offsets, targets, held, seed, partial(_drawn, uniform))
        for uniform in draws
    ]
    parts = zip(*(one.without for one in fits), strict=True)
    others = zip(*(one.others for one in fits), strict=True)
    return Fit(
        _mean([one.model for one in fits]),
        [_mean(part) for part in parts],
        [_mean(part) for part in others],
        fits[0].folds,
    )


def _draws(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    """Return (draws, m) uniform numbers, dealt in an order of what the images are."""
    random = np.random.default_rng(seed)
    towards = np.asarray(random.normal(size=vectors.shape[1]), dtype=np.float32)
    uniform = np.empty((_DRAWS, len(vectors)))
    uniform[:, np.argsort(vectors @ towards, kind="stable")] = random.random(uniform.shape)
    return uniform


def _drawn(
    uniform: NDArray[np.float64], targets: NDArray[np.float64], included: NDArray[np.float32]
) -> Shape:
    """How often each image is drawn in each problem, as many draws as it sees images."""
    from scipy.stats import poisson  # half a second to import

    counts = counts_of(targets, included)
    classes = (counts > 0).sum(axis=1)
    each = included.sum(axis=0) / np.maximum(classes, 1)
    rates = (targets @ (1.0 / np.maximum(counts, 1.0)).T) * each * included  # (m, G)
    drawn: NDArray[np.float64] = np.nan_to_num(poisson.ppf(uniform[:, None], rates))
    # A class that was drawn not once would be forgotten: its images then come as often as due.
    missed = (drawn.T @ targets == 0) & (counts > 0)
    weights: NDArray[np.float64] = np.where(targets @ missed.T > 0, rates, drawn) * included
    return Shape(weights.astype(np.float32), targets)


def _mean(models: Sequence[Model]) -> Model:
    """Return one model that averages the probabilities of some; those without labels have none."""
    return Model(
        np.concatenate([model.slopes for model in models]),
        np.concatenate([model.shifts for model in models]),
        np.concatenate([model.trusts for model in models]),
        np.concatenate([model.weights for model in models]) / len(models),
    )
