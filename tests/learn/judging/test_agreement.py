"""Cohen's kappa against scikit-learn's, and where it has no meaning."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from core.learn.judging.agreement import agreement


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for classes in (2, 5, 43):
        one = rng.integers(0, classes, 300).tolist()
        other = [a if rng.random() < 0.7 else int(rng.integers(0, classes)) for a in one]
        found = agreement(one, other)
        assert found.kappa == pytest.approx(cohen_kappa_score(one, other))
        assert found.share == pytest.approx(np.mean(np.equal(one, other)))


def test_where_there_is_nothing_to_agree_on_kappa_is_none() -> None:
    assert agreement([], []).share is None
    same = agreement(["a", "a"], ["a", "a"])
    assert (same.images, same.share, same.kappa) == (2, 1.0, None)
    assert agreement(["a", "b"], ["b", "a"]).kappa == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="not of the same images"):
        agreement(["a"], [])
