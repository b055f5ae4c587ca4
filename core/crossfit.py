"""Predictions for labeled images by models that did not see their labels."""

from __future__ import annotations

import numpy as np

from core.learn.fused import fuse
from core.pool import Pool
from core.project import Predictions

FOLDS = 5
CONTEXT = 4_000


def held_out(
    pool: Pool, predictions: Predictions, logits: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Cross-fitted probabilities of the labeled images (K-fold, at most ``FOLDS`` folds).

    Args:
        logits: (N, K) zero-shot logits of the pool.

    Returns:
        rows (n,) of the labeled images and their probabilities (n, K) float32, each from a model
        fitted without the fold that the image is in.
    """
    rows = np.flatnonzero(predictions.human >= 0)
    classes = predictions.human[rows]
    random = np.random.default_rng(seed)
    order = random.permutation(len(rows))
    others = np.flatnonzero(predictions.human < 0)
    context = random.choice(others, min(CONTEXT, len(others)), replace=False)
    fold = np.empty(len(rows), dtype=int)
    fold[order] = np.arange(len(rows)) % min(FOLDS, max(len(rows), 1))
    result = np.zeros((len(rows), len(predictions.names)), dtype=np.float32)
    for number in np.unique(fold):
        test, train = rows[fold == number], rows[fold != number]
        # A sample of the pool stands for the rest of it, which the model only uses to centre.
        both = np.concatenate([train, test, context])
        fused = fuse(
            pool.vectors[both], logits[both], np.arange(len(train)), classes[fold != number], seed
        )
        result[fold == number] = fused.probabilities[len(train) : len(rows)]
    return rows, result
