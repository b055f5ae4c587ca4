"""Pieces of work side by side."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.tuning import together
from core.learn.tuning.ridge import ridge
from core.learn.tuning.together import each


def test_results_come_in_the_order_of_the_items() -> None:
    assert each(lambda n: n * n, range(20)) == [n * n for n in range(20)]
    assert each(lambda n: n, []) == []


def test_what_goes_wrong_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        each(lambda n: 1 // n, [1, 0])


def test_the_number_of_processors_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    near, targets = (random.random((700, width), np.float32) for width in (300, 40))
    inside = np.eye(300, dtype=np.float32)

    def made(noise: float) -> np.ndarray:
        centred = near.astype(np.float64)
        return np.linalg.eigh(centred.T @ centred)[1] @ ridge(near, inside, targets, noise)

    results = []
    for processors in (1, 2, 4):
        monkeypatch.setattr(together, "usable_cpus", lambda own=processors: own)
        results.append(np.stack(each(made, (0.1, 0.2, 0.3, 0.4))))
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])
