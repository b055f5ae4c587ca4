"""The neighbourhood layer: true neighbours, and what an image hears from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.models import neighbourhood
from core.learn.models.frame import frame_of
from core.learn.models.neighbourhood import Graph, knn_graph, smooth


def _vectors(n, dimensions=6, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 60), st.integers(1, 12), st.booleans(), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_neighbours_are_other_images_and_the_nearest(n, k, copies, seed):
    vectors = _vectors(n, seed=seed)
    if copies:
        vectors[n // 2 :] = vectors[0]
    neighbours = knn_graph(vectors, k).neighbours
    assert neighbours.shape == (n, min(k, n - 1)) and neighbours.dtype == np.int32
    assert all(len({row, *others}) == 1 + len(others) for row, others in enumerate(neighbours))
    features = frame_of(vectors).features(vectors)
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    near = features @ features.T
    np.fill_diagonal(near, -np.inf)
    best = -np.sort(-near, axis=1)[:, : neighbours.shape[1]]
    assert np.abs(np.take_along_axis(near, neighbours.astype(int), 1) - best).max(initial=0) < 1e-5


def test_cells_find_nearly_all_that_comparing_everything_finds(monkeypatch):
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(40, 24))
    vectors = (middles[rng.integers(40, size=3000)] + rng.normal(size=(3000, 24))).astype("f4")
    exact = knn_graph(vectors).neighbours
    monkeypatch.setattr(neighbourhood, "_EXACT_UP_TO", 1000)
    cells = knn_graph(vectors).neighbours
    assert np.mean([len({*a} & {*b}) / 10 for a, b in zip(exact, cells, strict=True)]) > 0.9
    assert (cells != np.arange(3000)[:, None]).all()
    again = knn_graph(vectors).neighbours
    assert np.array_equal(cells, again)


def test_one_round_is_the_formula():
    logs = np.log(np.array([[0.7, 0.3], [0.5, 0.5], [0.2, 0.8]]))
    graph = Graph(np.array([[1], [0], [0]], dtype=np.int32))
    given_labels = np.array([0]), np.array([[0.0, 1.0]])
    result = smooth(np.exp(logs), graph, *given_labels, iterations=1, weight=2.0)[0]
    # Image 0 is called the second class: its neighbours hear that, and not the model's 0.7.
    expected = np.exp(logs + 2 * np.array([[0.5, 0.5], [0, 1], [0, 1]]))
    np.testing.assert_allclose(result, expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)


def test_a_label_reaches_look_alikes_and_not_strangers():
    vectors = np.vstack(
        [
            _vectors(1)[0] + 0.01 * _vectors(12, seed=1),
            -_vectors(1)[0] + 0.01 * _vectors(12, seed=2),
        ]
    )
    graph = knn_graph(vectors.astype(np.float32), 5)
    logs = np.log(np.full((24, 2), 0.5))
    result = smooth(np.exp(logs), graph, np.array([0]), np.array([[1.0, 0.0]]))[0]
    assert (result[:12, 0] > 0.6).all() and np.abs(result[12:, 0] - 0.5).max() < 1e-6


@pytest.mark.parametrize("n", [1, 2])
def test_hardly_any_images(n):
    graph = knn_graph(_vectors(n))
    nothing = np.empty(0, dtype=int), np.empty((0, 3))
    result = smooth(np.full((n, 3), 1 / 3), graph, *nothing)[0]
    np.testing.assert_allclose(result, 1 / 3, rtol=1e-6)
