"""Features: centred, of unit mean square, strong directions held back."""

import numpy as np
import pytest

from core.learn.models.frame import Ground, frame_of


def test_features_are_centred_with_strong_directions_held_back():
    rng = np.random.default_rng(0)
    spread = np.geomspace(10, 0.1, 16)
    vectors = (5 + rng.normal(size=(500, 16)) * spread).astype(np.float32)
    features = frame_of(vectors).features(vectors)
    assert np.abs(features.mean(axis=0)).max() < 1e-4
    assert np.square(features).sum(axis=1).mean() == pytest.approx(1, abs=1e-4)

    def contrast(rows):
        values = np.linalg.eigvalsh(np.cov(rows.T))
        return values[-1] / values[-8]

    assert 1 < contrast(features) < 0.7 * contrast(vectors)


@pytest.mark.parametrize("n", [1, 30])
def test_images_that_are_all_alike_have_no_direction(n):
    vectors = np.full((n, 7), 0.37, dtype=np.float32)
    assert (frame_of(vectors).features(vectors) == 0).all()


def test_large_pools_are_sampled_and_the_centre_is_of_all():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(45_000, 3)).astype(np.float32)
    vectors[40_000:] += 3
    frame = frame_of(vectors)
    np.testing.assert_allclose(frame.centre, vectors.mean(axis=0), atol=1e-5)
    assert np.square(frame.features(vectors)).sum(axis=1).mean() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("labels", [12, 60])
def test_fewer_directions_are_those_in_which_the_labeled_images_differ_most(labels):
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(labels, 24)).astype(np.float32)
    targets, frame = np.eye(3)[rng.integers(3, size=labels)], frame_of(vectors)
    whole = Ground.of(frame, vectors, targets, 0)
    few = Ground.of(frame, vectors, targets, 0, directions=5)
    rank = 11 if labels == 12 else 24  # as many centred points lie in one dimension less
    assert whole.basis.shape == (24, rank)
    assert few.basis.shape == (24, 5)
    np.testing.assert_allclose(few.coordinates, whole.coordinates[:, -6:], atol=1e-12)
    assert (few.folds == whole.folds).all()
