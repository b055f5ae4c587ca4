"""Uncertainty herding covers what is uncertain and new, as plain greedy choice would."""

import numpy as np

from core.learn.asking.doubt import margin
from core.learn.asking.queue import next_batch


def _pool(n=200, classes=4, dimensions=8, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=n).astype(np.float32)
    vectors = rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return probabilities, vectors.astype(np.float32)


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
    labeled = np.array([0, 60])
    batch = next_batch(probabilities, vectors, labeled, np.arange(len(group)), 4)
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
    labeled = np.array([1, 2, 5, 8])
    batch = next_batch(probabilities, vectors, labeled, np.arange(80), 8)
    distances = ((vectors[:, None].astype(float) - vectors[None]) ** 2).sum(axis=2)
    apart = distances[np.ix_(labeled, labeled)]
    kernel = np.exp(-distances / apart[apart > 0].min())
    doubt, coverage = 1 - margin(probabilities), kernel[labeled].max(axis=0)
    pool = np.setdiff1d(np.arange(80), labeled)
    gained = []
    for row in batch:
        gains = np.maximum(kernel - coverage, 0)[:, pool] @ doubt[pool]
        gains[np.setdiff1d(np.arange(80), pool)] = -1
        gained.append(gains[row] >= gains.max() - 1e-4)
        coverage = np.maximum(coverage, kernel[row])
    assert all(gained)


def test_all_alike_images_and_a_pool_above_the_subsample():
    same = np.ones((50, 4), dtype=np.float32)
    batch = next_batch(np.full((50, 2), 0.5), same, np.array([0, 1]), np.arange(50), 10)
    assert len(set(batch.tolist())) == 10
    probabilities, vectors = _pool(n=5000)
    one = next_batch(probabilities, vectors, np.arange(3), np.arange(5000), 10, seed=1)
    two = next_batch(probabilities, vectors, np.arange(3), np.arange(5000), 10, seed=2)
    assert not np.array_equal(one, two), "each batch looks at a fresh subsample"
