"""Similarities to the bit, and the confidences that are made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tags import scores
from core.tags.vocabulary import Settings


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 6))
@settings(deadline=None, max_examples=30)
def test_products_are_exact(seed: int, count: int, tags: int) -> None:
    """Any block of images against any group of tags gives the bits of one pair alone."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 96)) * 10.0 ** random.integers(-6, 1, (count, 96))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    half = vectors.astype(np.float16).astype(np.float32)
    texts = random.normal(size=(tags, 3, 96)).astype(np.float32)
    directions = np.stack([scores.direction(t[:2], t[2:]) for t in texts])
    whole = scores.similarities(half, directions)
    for tag in range(tags):
        for row in range(0, count, 7):
            alone = scores.similarities(half[row : row + 1], directions[tag : tag + 1])
            assert alone.tobytes() == whole[tag, row : row + 1].tobytes()


def test_calibration_of_nothing_and_of_sameness() -> None:
    for values in (np.zeros(0, np.float32), np.ones(1, np.float32), np.full(9, 0.3, np.float32)):
        calibration = scores.calibrate(values, Settings())
        confidence = calibration.confidence(values)
        np.testing.assert_allclose(confidence, 0.5, atol=1e-4)
        assert (calibration.bands(confidence) == scores.TENTATIVE).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
def test_calibration_follows_how_common_a_tag_is(share: float) -> None:
    """Two separate heaps are parted between them, however small the upper one is."""
    random = np.random.default_rng(1)
    yes = random.random(20_000) < share
    values = (random.normal(size=20_000) * 0.02 + 0.12 * yes - 0.4).astype(np.float32)
    calibration = scores.calibrate(values, Settings())
    accepted = calibration.bands(calibration.confidence(values)) == scores.ACCEPTED
    assert (accepted & yes).sum() / yes.sum() > 0.9
    assert (accepted & yes).sum() / accepted.sum() > 0.8
