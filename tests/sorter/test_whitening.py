"""Whitening in part: inner products are those of the inverse of covariance and ridge."""

from __future__ import annotations

import numpy as np

from core.sorter.whitening import whitened


def test_inner_products_are_those_of_the_inverse() -> None:
    chance = np.random.default_rng(0)
    rows = (chance.normal(size=(400, 12)) * np.geomspace(1e-3, 10, 12)).astype(np.float32)
    rows -= rows.mean(axis=0)
    exact = rows.astype(np.float64)
    covariance = exact.T @ exact / len(exact)
    inverse = np.linalg.inv(covariance + 2.0 * np.trace(covariance) / 12 * np.eye(12))
    white = whitened(rows, 2.0)
    assert white.dtype == np.float32
    assert np.allclose(white @ white.T, exact @ inverse @ exact.T, atol=1e-4)


def test_rows_that_are_all_the_same() -> None:
    assert not whitened(np.zeros((5, 3), np.float32), 1.0).any()
