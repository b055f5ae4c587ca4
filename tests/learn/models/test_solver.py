"""Side by side gives what one after the other gives."""

import numpy as np
import pytest
from scipy.optimize import minimize

from core.learn.models.solver import MEMORY, fit_many


def _loss(flat, design, offsets, targets, included, precision):
    weights = flat.reshape(design.shape[1], targets.shape[1])
    logits = offsets + design @ weights
    logits -= logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    pull = design.T @ ((np.exp(logs) - targets) * included[:, None]) + precision * weights
    value = -float(((targets * logs).sum(axis=1) * included).sum())
    return value + 0.5 * precision * float(np.square(weights).sum()), pull.ravel()


@pytest.mark.parametrize(("memory", "tolerance"), [(4, 1e-6), (MEMORY, 1e-5)])
@pytest.mark.parametrize(
    ("m", "r", "k", "scale"), [(40, 12, 3, 1.0), (25, 25, 6, 8.0), (1, 2, 2, 1)]
)
def test_each_problem_is_solved_as_if_alone(m, r, k, scale, memory, tolerance):
    rng = np.random.default_rng(m)
    design = (scale * rng.normal(size=(m, r)) * np.geomspace(1, 0.01, r)).astype(np.float32)
    targets = np.eye(k, dtype=np.float32)[rng.integers(k, size=m)]
    offsets = (3 * rng.normal(size=(m, 4, k))).astype(np.float32)
    included = (rng.random((m, 4)) < 0.8).astype(np.float32)
    start = np.zeros((r, 4, k), dtype=np.float32)
    solved = fit_many(design, offsets, targets, included, 0.05, start, tolerance, memory=memory)
    for p in range(4):
        arguments = (design.astype(float), offsets[:, p], targets, included[:, p], 0.05)
        alone = minimize(_loss, np.zeros(r * k), arguments, "BFGS", jac=True, tol=1e-10)
        reached = _loss(solved[:, p].ravel().astype(float), *arguments)[0]
        assert reached <= alone.fun + 1e-3 * max(alone.fun, 1)
        expected = offsets[:, p] + design @ alone.x.reshape(r, k)
        logits = offsets[:, p] + design @ solved[:, p]
        gap = np.exp(logits - logits.max(1, keepdims=True))
        gap /= gap.sum(1, keepdims=True)
        right = np.exp(expected - expected.max(1, keepdims=True))
        right /= right.sum(1, keepdims=True)
        assert np.abs(gap - right).max() < 0.05


def test_a_problem_that_sees_nothing_stays_at_zero():
    design = np.ones((5, 2), dtype=np.float32)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    included = np.stack([np.zeros(5), np.ones(5)], axis=1).astype(np.float32)
    start = np.zeros((2, 2, 3), dtype=np.float32)
    solved = fit_many(design, np.zeros((5, 2, 3), np.float32), targets, included, 1.0, start)
    assert (solved[:, 0] == 0).all() and (solved[:, 1] != 0).any()
