"""An image from elsewhere stands among a pool's as one of its own does."""

import numpy as np
import pytest

from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph, knn_graph, smooth
from core.learn.models.outside import Surroundings, heard


def pool(n=120, seed=0):
    """Unit vectors (n, 8) of three clouds, and the cloud of each."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    vectors = np.eye(8)[truth] + 0.25 * rng.normal(size=(n, 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), truth


def test_the_nearest_are_those_of_the_graph():
    vectors, _ = pool()
    around, graph = Surroundings.make(vectors), knn_graph(vectors, 5)
    for row in (0, 17, 119):
        near = around.nearest(vectors[row], 6)
        assert near[0] == row
        np.testing.assert_array_equal(near[1:], graph.neighbours[row])


@pytest.mark.parametrize(("images", "asked", "got"), [(1, 3, 1), (3, 10, 3), (3, 0, 0)])
def test_small_pools_give_what_they_have(images, asked, got):
    vectors, _ = pool(images)
    assert len(Surroundings.make(vectors).nearest(vectors[0], asked)) == got


def test_hearing_is_the_last_round_of_smoothing():
    rng = np.random.default_rng(1)
    own = rng.dirichlet(np.ones(3), 6).astype(np.float32)
    graph = Graph(np.array([[1, 2], [0, 3], [3, 4], [4, 5], [5, 0], [0, 1]], np.int32))
    nothing = np.empty(0, np.intp), np.empty((0, 3))
    before = smooth(own, graph, *nothing, iterations=4)[0]
    after = smooth(own, graph, *nothing, iterations=5)[0]
    for row in range(6):
        alone = heard(own[row : row + 1], before[graph.neighbours[row]], [1.0, 1.0])
        np.testing.assert_allclose(alone[0], after[row], atol=1e-6)


def test_who_is_not_heard_changes_nothing():
    own = np.array([[0.2, 0.8]], np.float32)
    np.testing.assert_allclose(heard(own, np.array([[1.0, 0.0]]), [0.0]), own, atol=1e-7)
    np.testing.assert_allclose(heard(own, np.empty((0, 2)), []), own, atol=1e-7)


def test_the_cluster_prior_moves_a_group_as_it_moves_the_pool():
    vectors, truth = pool(600)
    flat = np.zeros((600, 3), np.float32)
    learner = Learner(vectors, flat)
    rows = np.arange(60)
    learned = learner.fit(rows, truth[rows])
    targets = np.eye(3)[truth[rows]]
    moves = learner.moves(learned, rows, targets)
    assert (moves is not None) == learned.clusters.used
    raw = learned.model.predict(vectors, flat)
    if moves is not None:
        raw = raw * moves[1][moves[0]]
        raw /= raw.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(raw, learned.probabilities, atol=1e-6)
