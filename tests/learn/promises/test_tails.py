"""Exact binomial tails, beside those of scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from core.learn.promises.tails import allowed_each, tail


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.98, 0.99, 0.9999])
@pytest.mark.parametrize("risk", [0.05, 0.05 / 20, 0.1, 1e-6])
def test_what_is_allowed_is_the_most_whose_tail_stays_within_the_risk(
    level: float, risk: float
) -> None:
    sizes = np.arange(3_000)
    most = allowed_each(sizes, level, risk)
    least = np.where(most < 0, 0.0, binom.cdf(most, sizes, 1 - level))
    assert (least <= risk).all()
    assert (binom.cdf(most + 1, sizes, 1 - level) > risk)[most < sizes].all()


def test_tails_are_those_of_scipy_stats() -> None:
    random = np.random.default_rng(0)
    sizes = random.integers(0, 500, 10_000)
    counts = random.integers(-1, sizes + 1)
    wrong = random.random(10_000)
    assert np.allclose(tail(counts, sizes, wrong), binom.cdf(counts, sizes, wrong), atol=1e-12)
