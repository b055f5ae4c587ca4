"""Prototypes move towards their images, slowly, and never away from an empty class's text."""

import numpy as np
import pytest

from core.learn.models.refine import Collapse, collapsed, refine


def _collection(n=400, classes=5, dimensions=24, text_noise=0.8, seed=0):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(classes, dimensions))
    truth = rng.integers(classes, size=n)
    vectors = means[truth] + 0.9 * rng.normal(size=(n, dimensions))
    text = means + text_noise * rng.normal(size=means.shape)
    return vectors.astype(np.float32), text.astype(np.float32), truth


def test_refinement_beats_rough_text():
    before, after = [], []
    for seed in range(5):
        vectors, text, truth = _collection(text_noise=1.6, seed=seed)
        before.append((refine(vectors, text, iterations=0).scores.argmax(axis=1) == truth).mean())
        after.append((refine(vectors, text).scores.argmax(axis=1) == truth).mean())
    assert np.mean(after) > np.mean(before) + 0.01


def test_the_log_tells_each_iteration():
    vectors, text, _ = _collection()
    result = refine(vectors, text)
    assert [step.iteration for step in result.log] == list(range(1, 11))
    weights = [step.weight for step in result.log]
    assert weights[0] == pytest.approx(0.95) and weights[-1] == pytest.approx(0.60)
    assert (np.diff(weights) < 0).all()
    for step in result.log:
        assert 0 <= step.moved_share <= 1 and 0 < step.mean_confidence <= 1
        assert 1 <= step.active_classes <= 5
    # The prototypes approach their images, so the same temperature sees surer assignments.
    assert result.log[-1].mean_confidence > result.log[0].mean_confidence


def test_below_a_hundred_images_the_text_is_used_as_it_is():
    vectors, text, _ = _collection(n=99)
    result = refine(vectors, text)
    unit_text = text / np.linalg.norm(text, axis=1, keepdims=True)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert result.log == [] and np.abs(result.prototypes - unit_text).max() < 1e-6
    assert np.abs(result.scores - unit @ unit_text.T).max() < 1e-5
    assert len(refine(*_collection(n=100)[:2]).log) == 10


def test_an_empty_class_keeps_its_text():
    vectors, text, _ = _collection()
    text = np.vstack([text, -vectors.mean(axis=0) - text.sum(axis=0)]).astype(np.float32)
    result = refine(vectors, text)
    assert (result.scores.argmax(axis=1) != 5).all(), "the case needs an empty class"
    assert np.abs(result.prototypes[5] - text[5] / np.linalg.norm(text[5])).max() < 1e-6
    assert result.log[-1].active_classes == 5


def test_permuting_images_or_classes_permutes_the_result():
    vectors, text, _ = _collection()
    rng = np.random.default_rng(1)
    images, names = rng.permutation(400), rng.permutation(5)
    plain = refine(vectors, text).scores
    moved = refine(vectors[images], text[names]).scores
    assert np.abs(moved - plain[images][:, names]).max() < 1e-4


def test_a_centre_is_taken_off_the_images():
    vectors, text, _ = _collection()
    shift = np.full(24, 3.0, dtype=np.float32)
    plain, shifted = refine(vectors, text), refine(vectors + shift, text, centre=shift)
    assert np.abs(plain.scores - shifted.scores).max() < 1e-4


def test_one_class_and_zero_vectors_are_defined():
    one = refine(np.ones((150, 3), dtype=np.float32), np.ones((1, 3), dtype=np.float32))
    assert one.scores == pytest.approx(np.ones((150, 1)))
    assert one.log[-1].mean_confidence == 1.0
    zero = refine(np.zeros((150, 3), dtype=np.float32), np.eye(3, dtype=np.float32))
    assert np.isfinite(zero.scores).all() and np.isfinite(zero.prototypes).all()


@pytest.mark.parametrize(
    "change",
    [
        {"vectors": np.zeros((0, 3), dtype=np.float32)},
        {"vectors": np.full((5, 3), np.nan, dtype=np.float32)},
        {"text_prototypes": np.ones((2, 4), dtype=np.float32)},
        {"text_prototypes": np.zeros((0, 3), dtype=np.float32)},
        {"centre": np.zeros(2, dtype=np.float32)},
        {"centre": np.full(3, np.inf, dtype=np.float32)},
        {"iterations": -1},
    ],
)
def test_bad_input_is_refused(change):
    arguments = {
        "vectors": np.ones((5, 3), dtype=np.float32),
        "text_prototypes": np.ones((2, 3), dtype=np.float32),
    }
    with pytest.raises(ValueError):
        refine(**(arguments | change))


def test_classes_that_lose_nearly_all_their_images_have_collapsed():
    rng = np.random.default_rng(0)
    # One heap far from the middle; the second text points just beside it and takes a slice of it.
    heap = np.array([1.0, 0.0, 0.0]) + 0.05 * rng.normal(size=(300, 3))
    other = np.array([0.0, 1.0, 0.0]) + 0.05 * rng.normal(size=(100, 3))
    vectors = np.concatenate([heap, other]).astype(np.float32)
    text = np.array([[1.0, 0.02, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.16]], np.float32)
    result = refine(vectors, text)
    before = (vectors @ (text / np.linalg.norm(text, axis=1, keepdims=True)).T).argmax(axis=1)
    after = result.scores.argmax(axis=1)
    counts = [(before == k).sum() for k in range(3)], [(after == k).sum() for k in range(3)]
    assert result.collapsed == collapsed(*map(np.array, counts))
    assert refine(*_collection()[:2]).collapsed == []


def test_a_collapse_is_a_loss_of_four_fifths_of_five_images_at_least():
    before = np.array([100, 100, 100, 5, 4, 0, 10])
    after = np.array([100, 21, 20, 1, 0, 300, 0])
    assert collapsed(before, after) == [Collapse(2, 100, 20), Collapse(3, 5, 1), Collapse(6, 10, 0)]
