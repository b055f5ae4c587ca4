"""Maxima over classes, whatever their number."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.models.softmax import highest


@pytest.mark.parametrize("count", [1, 2, 10, 16, 17, 100])
def test_maxima_are_those_of_numpy(count: int) -> None:
    logits = np.random.default_rng(0).normal(size=(20, 3, count)).astype(np.float32)
    for own in (logits, logits[:, 0], logits[:, :, ::-1], logits[:0]):
        assert np.array_equal(highest(own), own.max(axis=-1))
        assert highest(own).dtype == np.float32
