"""Vectors whitened in part: directions count alike as far as they vary more than the ridge."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky, solve_triangular

_LEAST = 1e-12  # variance; rows that are all the same have none


def whitened(rows: np.ndarray, ridge: float) -> np.ndarray:
    """(N, D) float32 rows of which inner products are those of inv(covariance + ridge · mean).

    By the Cholesky factor, which is a rotation away from the symmetric root and costs a tenth.
    Single precision is enough: no direction is scaled up more than the ridge lets it.

    Args:
        rows: (N, D) float32, centred.
        ridge: added to the variance of each direction, in their mean.
    """
    covariance = (rows.T @ rows) / np.float32(max(len(rows), 1))
    mean = float(np.trace(covariance)) / max(len(covariance), 1)
    covariance[np.diag_indices_from(covariance)] += np.float32(ridge * max(mean, _LEAST))
    lower = cholesky(covariance, lower=True)
    turn = solve_triangular(lower, np.eye(len(lower), dtype=np.float32), lower=True).T
    return np.asarray(rows @ turn, dtype=np.float32)
