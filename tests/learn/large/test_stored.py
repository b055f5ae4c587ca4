"""A model of vectors that stay on disk believes what one of vectors in memory does."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.large.shared import Large
from core.learn.models.cluster_prior import Groups
from core.learn.models.frame import frame_of
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.runtime.rows import StoredRows


def problem(n: int = 600, dim: int = 16, classes: int = 4, seed: int = 0):
    """Vectors in memory and on disk, zero-shot logits, and classes; labels help the clusters."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    means = rng.normal(size=(classes, dim))
    vectors = means[truth] + 0.8 * rng.normal(size=(n, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    half = vectors.astype(np.float16)
    array = half.astype(np.float32)
    logits = (2 * array @ (means + rng.normal(size=means.shape)).T).astype(np.float32)
    return array, StoredRows([half[:150], half[150:]], np.arange(n)), logits, truth


@pytest.mark.parametrize("with_graph", [True, False])
@pytest.mark.parametrize("labels", [6, 80])
def test_both_believe_the_same(with_graph: bool, labels: int) -> None:
    array, stored, logits, truth = problem()
    graph = knn_graph(array) if with_graph else None
    rows, judged = np.arange(labels), np.arange(0, labels, 3)
    large = Large(frame_of(stored))
    few = Learner(array, logits, graph=graph).fit(rows, truth[rows], judged=judged)
    learner = Learner(stored, logits, graph=graph, large=large)
    many = learner.fit(rows, truth[rows], judged=judged)
    assert (many.clusters.gain is None) == (few.clusters.gain is None)
    assert many.clusters.used == few.clusters.used
    np.testing.assert_allclose(many.probabilities, few.probabilities, atol=2e-4)
    if with_graph:  # without neighbours the others' relief differs not at all
        np.testing.assert_allclose(many.unseen, few.unseen, atol=2e-4)
    unseen = Learner(array, logits, graph=graph).cross_fitted(rows, truth[rows], judged)
    np.testing.assert_allclose(learner.cross_fitted(rows, truth[rows], judged), unseen, atol=2e-4)
    for seed in range(3):
        batches = [
            one.next_batch(of, rows, np.arange(labels, len(truth)), 8, seed=seed)
            for one, of in ((Learner(array, logits, graph=graph), few), (learner, few))
        ]
        np.testing.assert_array_equal(*batches)


def test_frames_and_groups_are_those_of_the_array() -> None:
    array, stored, _, _ = problem(n=900)
    own, other = frame_of(array), frame_of(stored)
    np.testing.assert_allclose(other.centre, own.centre, atol=1e-9)
    np.testing.assert_allclose(other.turn, own.turn, atol=1e-5)
    few, many = Groups.make(array, own, 4), Groups.make(stored, own, 4)
    assert (few.of == many.of).mean() > 0.99
    assert few.count == many.count and len(np.setxor1d(few.sample, many.sample)) < 20


def test_the_groups_are_made_once_for_all_models() -> None:
    _, stored, logits, truth = problem()
    rows, large = np.arange(60), Large(frame_of(stored))
    Learner(stored, logits, large=large).fit(rows, truth[rows])
    made = large.groups[0]
    Learner(stored, logits * 0.5, large=large).fit(rows, truth[rows])
    assert large.groups == [made]
