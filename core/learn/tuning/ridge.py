"""Regression from nearness to landmarks."""

from __future__ import annotations

import numpy as np

_AT_ONCE = 4_096  # rows in double precision
_JITTER = 1e-8  # of the mean of the diagonal: landmarks that are the same must not divide by zero


def ridge(near: np.ndarray, inside: np.ndarray, targets: np.ndarray, noise: float) -> np.ndarray:
    """Kernel ridge regression on landmarks (subset of regressors: Rasmussen and Williams 2006,
    equation 8.11); where every row is a landmark it is the exact one.

    Args:
        near: (n, m) float32, nearness of the rows to the landmarks.
        inside: (m, m) float32, of the landmarks to each other.
        targets: (n, t) float32, of the rows.
        noise: above 0, how much a row may be wrong.

    Returns:
        (m, t) float32 that takes nearness to targets.
    """
    from scipy.linalg import cho_factor, cho_solve  # heavy: every command imports this module

    inner = np.zeros(inside.shape)
    answers = np.zeros((near.shape[1], targets.shape[1]))
    for start in range(0, len(near), _AT_ONCE):
        rows = near[start : start + _AT_ONCE].astype(np.float64)
        inner += rows.T @ rows
        answers += rows.T @ targets[start : start + _AT_ONCE]
    inner += noise * inside
    inner[np.diag_indices_from(inner)] += _JITTER * np.trace(inner) / len(inner)
    return np.asarray(cho_solve(cho_factor(inner, lower=True), answers), np.float32)
