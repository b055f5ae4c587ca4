"""A rough look at mixes of pictures and words, so that only those with a chance are fitted in full.

A full fit tries every trust in the prompts; the look takes one in the middle, and the models
without a fold only: about a tenth of the work. What it leaves to fit, and what it has lost of it:
`benchmarks/words_looks.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.shape import Shape
from core.learn.models.folds import FOLDS, fold_likelihood
from core.learn.models.frame import PRECISION, Ground
from core.learn.models.solver import fit_many

__all__ = ["MEMORY", "glance", "margin"]

MEMORY = 4
"""Steps of the solver, in looks and fits: a tenth less time than with twice as many."""

_NATS, _LABELS = 6.0, 50

_TOLERANCE = 3e-4  # a third fewer rounds than in full, and off by two nats at most
_TRUST = np.array([0.5], dtype=np.float32)


def glance(
    ground: Ground,
    offsets: Sequence[NDArray[np.floating]],
    targets: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Return (m,) the log-likelihood of each label by a model that did not see its fold.

    One for each of several offsets (m, K), solved side by side; targets: (m, K) class shares.
    """
    design = ground.coordinates.astype(np.float32)
    texts = [text.astype(np.float32) for text in offsets]
    shape = Shape((ground.folds[:, None] != np.arange(FOLDS)).astype(np.float32), targets)
    base = np.concatenate([np.repeat(_TRUST * text[:, None], FOLDS, axis=1) for text in texts], 1)
    start = np.zeros((design.shape[1], *base.shape[1:]), dtype=np.float32)
    seen = np.tile(shape.weights, len(texts))
    aims = targets.astype(np.float32)
    solved = fit_many(design, base, aims, seen, PRECISION, start, _TOLERANCE, memory=MEMORY)
    return [
        fold_likelihood(design, text, _TRUST, shape, targets, ground.folds, own[:, :, None])[:, 0]
        for text, own in zip(texts, np.split(solved, len(texts), axis=1), strict=True)
    ]


def margin(labels: int) -> float:
    """Nats behind the best look from which on a mix has no chance.

    Looks and full fits differ by some thousandths of a nat a label, so the more labels the more.
    """
    return max(_NATS, labels / _LABELS)
