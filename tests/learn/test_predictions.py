"""What is read from predictions."""

import numpy as np
import pytest

from core.learn.predictions import ZeroShot, best_two


@pytest.mark.parametrize("classes", [2, 64, 65, 300])
def test_the_best_two_of_each_row(classes: int) -> None:
    values = np.random.default_rng(0).random((9_000, classes)).astype(np.float32)
    values[::5, 1] = values[::5, 0] = 1.0  # ties
    second, first = best_two(values)
    order = np.sort(values, axis=1)
    np.testing.assert_array_equal(second, order[:, -2])
    np.testing.assert_array_equal(first, order[:, -1])


def test_logits_of_some_rows_are_those_of_all() -> None:
    scores = np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)
    zero = ZeroShot(scores, 0.013, np.empty((7, 3), np.float32))
    np.testing.assert_array_equal(zero.logits_of([3, 40, 3]), zero.logits[[3, 40, 3]])
