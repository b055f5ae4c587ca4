"""What is asked next: valid rows always, useful rows first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.asking.queue import entropy, least_confident, margin, next_batch

KINDS = ["uherding", "margin", "entropy", "least-confident", "random"]


def _pool(n=200, classes=4, dimensions=8, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=n).astype(np.float32)
    vectors = rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return probabilities, vectors.astype(np.float32)


def test_uncertainties_of_known_rows():
    rows = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], dtype=np.float32)
    assert margin(rows) == pytest.approx([0.5, 1.0, 0.0], abs=1e-6)
    assert least_confident(rows) == pytest.approx([0.3, 0.0, 2 / 3], abs=1e-6)
    assert entropy(rows) == pytest.approx([0.801819, 0.0, np.log(3)], abs=1e-5)
    single = np.ones((3, 1), dtype=np.float32)
    assert (margin(single) == 0).all() and (entropy(single) == 0).all()


@given(
    st.sampled_from(KINDS),
    st.integers(1, 60),
    st.integers(1, 5),
    st.integers(0, 30),
    st.integers(0, 80),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=120, deadline=None)
def test_batches_are_valid_and_repeatable(kind, n, classes, labels, size, counted, seed):
    probabilities, vectors = _pool(n, classes, seed=seed)
    rng = np.random.default_rng(seed)
    labelled = rng.integers(n, size=labels)
    available = rng.integers(n, size=rng.integers(0, 2 * n))
    counts = rng.integers(4, size=classes) if counted else None
    batch = next_batch(probabilities, vectors, labelled, available, size, kind, seed, counts=counts)
    allowed = set(available.tolist()) - set(labelled.tolist())
    assert len(batch) == min(size, len(allowed))
    assert len(set(batch.tolist())) == len(batch)
    assert set(batch.tolist()) <= allowed
    again = next_batch(
        probabilities, vectors, labelled, available[::-1], size, kind, seed, counts=counts
    )
    assert np.array_equal(batch, again)


def test_margin_and_entropy_order_by_doubt():
    probabilities, vectors = _pool()
    nothing = np.empty(0, int)
    by_margin = next_batch(probabilities, vectors, nothing, np.arange(200), 20, "margin")
    assert np.array_equal(by_margin, np.argsort(margin(probabilities), kind="stable")[:20])
    by_entropy = next_batch(probabilities, vectors, nothing, np.arange(200), 20, "entropy")
    assert np.array_equal(by_entropy, np.argsort(-entropy(probabilities), kind="stable")[:20])


def test_least_confident_goes_through_the_predicted_classes_in_turn():
    probabilities, vectors = _pool(n=60, classes=3)
    predicted, doubt = probabilities.argmax(axis=1), least_confident(probabilities)
    batch = next_batch(
        probabilities, vectors, np.empty(0, int), np.arange(60), 6, "least-confident"
    )
    for start in (0, 3):
        assert sorted(predicted[batch[start : start + 3]]) == [0, 1, 2]
    for name in range(3):
        most = np.sort(doubt[predicted == name])[-2:][::-1]
        np.testing.assert_array_equal(doubt[batch[predicted[batch] == name]], most)


def test_random_is_uniform_and_differs_by_seed():
    probabilities, vectors = _pool(n=20)
    hits = np.zeros(20)
    for seed in range(2000):
        hits[
            next_batch(probabilities, vectors, np.arange(0), np.arange(20), 5, "random", seed)
        ] += 1
    # Each row is drawn with probability 1/4; 5 standard deviations of 2,000 draws.
    assert np.abs(hits / 2000 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 2000)


def _groups(sizes, seed=0):
    """Tight, well separated groups of near copies."""
    rng = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 12)
    vectors = np.repeat(centres, sizes, axis=0)
    vectors = vectors + 1e-3 * rng.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), np.repeat(np.arange(len(sizes)), sizes)


def test_uherding_takes_one_of_each_group_and_no_near_copies():
    vectors, group = _groups([60, 50, 40, 30, 20, 10])
    probabilities = np.full((len(group), 3), 1 / 3, dtype=np.float32)
    # Two labels far apart make the kernel wide enough to cover a group.
    labelled = np.array([0, 60])
    batch = next_batch(probabilities, vectors, labelled, np.arange(len(group)), 4)
    assert sorted(group[batch]) == [2, 3, 4, 5]
    assert group[batch[0]] == 2, "the largest uncovered group is the most useful"


def test_uherding_weighs_coverage_by_doubt():
    vectors, group = _groups([60, 50, 40, 30])
    probabilities = np.full((len(group), 2), 0.5, dtype=np.float32)
    probabilities[group == 2] = [0.999, 0.001]
    batch = next_batch(probabilities, vectors, np.array([0, 60]), np.arange(len(group)), 1)
    assert group[batch].tolist() == [3]


def test_uherding_matches_plain_greedy():
    probabilities, vectors = _pool(n=80, seed=3)
    labelled = np.array([1, 2, 5, 8])
    batch = next_batch(probabilities, vectors, labelled, np.arange(80), 8)
    distances = ((vectors[:, None].astype(float) - vectors[None]) ** 2).sum(axis=2)
    apart = distances[np.ix_(labelled, labelled)]
    kernel = np.exp(-distances / apart[apart > 0].min())
    doubt, coverage = 1 - margin(probabilities), kernel[labelled].max(axis=0)
    pool = np.setdiff1d(np.arange(80), labelled)
    gained = []
    for row in batch:
        gains = np.maximum(kernel - coverage, 0)[:, pool] @ doubt[pool]
        gains[np.setdiff1d(np.arange(80), pool)] = -1
        gained.append(gains[row] >= gains.max() - 1e-4)
        coverage = np.maximum(coverage, kernel[row])
    assert all(gained)


def test_missing_classes_get_their_best_hits_first():
    probabilities, vectors = _pool(n=100, classes=4)
    scores = np.random.default_rng(9).normal(size=(100, 4))
    counts = np.array([5, 1, 0, 2])
    for kind in ("uherding", "margin", "entropy"):
        batch = next_batch(
            probabilities, vectors, np.arange(0), np.arange(100), 10, kind, 0, scores, counts
        )
        assert batch[0] == scores[:, 2].argmax() and batch[1] == scores[:, 1].argmax()
        plain = next_batch(probabilities, vectors, np.arange(0), np.arange(100), 10, kind, 0)
        assert not np.array_equal(batch, plain)


def test_at_most_three_places_in_ten_are_reserved():
    probabilities, vectors = _pool(n=100, classes=10)
    scores = np.eye(100, 10)[:, ::-1]  # the top hit of class c is row 9 - c
    counts = np.zeros(10, dtype=int)
    probabilities[:10] = np.eye(10)[:, ::-1]  # certain, so margin would never choose them
    batch = next_batch(
        probabilities, vectors, np.arange(0), np.arange(100), 10, "margin", 0, scores, counts
    )
    assert (batch < 10).sum() == 3


def test_all_alike_images_and_a_pool_above_the_subsample():
    same = np.ones((50, 4), dtype=np.float32)
    batch = next_batch(np.full((50, 2), 0.5), same, np.array([0, 1]), np.arange(50), 10)
    assert len(set(batch.tolist())) == 10
    probabilities, vectors = _pool(n=5000)
    one = next_batch(probabilities, vectors, np.arange(3), np.arange(5000), 10, seed=1)
    two = next_batch(probabilities, vectors, np.arange(3), np.arange(5000), 10, seed=2)
    assert not np.array_equal(one, two), "each batch looks at a fresh subsample"


def test_bad_input_is_refused():
    probabilities, vectors = _pool(n=10)
    with pytest.raises(ValueError, match="equal N"):
        next_batch(probabilities[:5], vectors, np.arange(0), np.arange(5), 1)
    with pytest.raises(ValueError, match="negative"):
        next_batch(probabilities, vectors, np.arange(0), np.arange(5), -1)
    with pytest.raises(ValueError, match="kind"):
        next_batch(probabilities, vectors, np.arange(0), np.arange(5), 1, "nearest")
    with pytest.raises(ValueError, match="counts"):
        next_batch(
            probabilities, vectors, np.arange(0), np.arange(5), 5, counts=np.zeros(7, dtype=int)
        )
