"""The learner: zero-shot at first, steady with few labels, honest about what it has not seen."""

import numpy as np
import pytest

from core.learn.models.fused import fuse
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.models.softmax import softmax

NOTHING = np.empty(0, dtype=np.int64)


def _problem(n=400, dimensions=16, classes=5, seed=0, text_noise=0.7):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    means = rng.normal(size=(classes, dimensions))
    vectors = means[truth] + 1.2 * rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    offsets = 2.0 * vectors @ (means + text_noise * rng.normal(size=means.shape)).T
    return vectors.astype(np.float32), offsets.astype(np.float32), truth


def _learner(vectors, offsets, graph=True):
    return Learner(vectors, offsets, graph=knn_graph(vectors) if graph else None)


def _accuracy(probabilities, truth, rows=slice(None)):
    return (probabilities.argmax(axis=1) == truth)[rows].mean()


def test_without_labels_neighbours_are_silent_and_it_is_zero_shot_exactly():
    vectors, offsets, _ = _problem()
    prediction = _learner(vectors, offsets).fit(NOTHING, NOTHING)
    assert np.array_equal(prediction.probabilities, softmax(offsets))
    assert prediction.labeled == 0 and prediction.weights[1.0] == 1


def test_without_graph_and_clusters_it_is_the_fused_model():
    vectors, offsets, truth = _problem()
    rows = np.arange(30)
    alone = Learner(vectors, offsets, clusters=False).fit(rows, truth[rows])
    fused = fuse(vectors, offsets, rows, truth[rows])
    assert np.array_equal(alone.probabilities, fused.probabilities)
    assert alone.weights == fused.weights


@pytest.mark.parametrize("labels", [10, 40, 150])
def test_neighbours_help_where_look_alikes_are_of_one_class(labels):
    with_, without = [], []
    for seed in range(5):
        vectors, offsets, truth = _problem(n=600, seed=seed)
        rows, rest = np.arange(labels), slice(labels, None)
        for graph, into in ((True, with_), (False, without)):
            result = _learner(vectors, offsets, graph).fit(rows, truth[rows])
            into.append(_accuracy(result.probabilities, truth, rest))
    assert np.mean(with_) > np.mean(without)


def test_the_model_scores_images_that_are_not_of_the_pool():
    vectors, offsets, truth = _problem()
    pool, rows = slice(0, 300), np.arange(60)
    learner = _learner(vectors[pool], offsets[pool], graph=False)
    prediction = learner.fit(rows, truth[rows])
    again = prediction.model.predict(vectors[pool], offsets[pool])
    np.testing.assert_allclose(again, prediction.probabilities, atol=1e-6)
    new = prediction.model.predict(vectors[300:], offsets[300:])
    assert _accuracy(new, truth[300:]) > 0.7


def test_cross_fitted_items_are_scored_by_models_that_did_not_see_them():
    vectors, offsets, truth = _problem()
    learner, rows = _learner(vectors, offsets), np.arange(40)
    audit = np.arange(10, 30)
    honest = learner.cross_fitted(rows, truth[rows], audit, folds=20)
    # An item's own label must make no difference to its score, also not through its neighbours.
    for row in (12, 25):
        changed = truth.copy()
        changed[row] = (truth[row] + 1) % 5
        other = learner.cross_fitted(rows, changed[rows], audit, folds=20)
        place = row - 10
        np.testing.assert_allclose(other[place], honest[place], atol=0.03)
        seen = [learner.fit(rows, labels[rows]).probabilities[row] for labels in (truth, changed)]
        assert np.abs(seen[0] - seen[1]).max() > 0.1


def test_cross_fitting_leaves_one_out_like_fitting_without_it():
    vectors, offsets, truth = _problem(n=120)
    learner, rows = _learner(vectors, offsets), np.arange(30)
    for row in (0, 7):
        others = np.delete(rows, row)
        alone = learner.fit(others, truth[others]).probabilities[row]
        crossed = learner.cross_fitted(rows, truth[rows], np.array([row]))[0]
        np.testing.assert_allclose(crossed, alone, atol=0.05)
    only = learner.cross_fitted(np.array([3]), np.array([1]), np.array([3]))
    np.testing.assert_allclose(only[0], softmax(offsets)[3], atol=1e-6)


def test_what_is_judged_on_the_way_is_what_cross_fitting_says():
    vectors, offsets, truth = _problem()
    learner, rows = _learner(vectors, offsets), np.arange(40)
    judged = np.array([31, 3, 300, 12])
    both = learner.fit(rows, truth[rows], judged=judged)
    apart = learner.cross_fitted(rows, truth[rows], judged)
    np.testing.assert_allclose(both.unseen, apart, atol=1e-4)
    alone = learner.fit(rows, truth[rows])
    np.testing.assert_allclose(both.probabilities, alone.probabilities, atol=1e-3)
    assert alone.unseen.shape == (0, 5)


def test_labels_of_one_class_do_not_swallow_the_pool():
    for seed in range(4):
        vectors, offsets, truth = _problem(seed=seed)
        rows = np.flatnonzero(truth == 1)[:15]
        after = _learner(vectors, offsets).fit(rows, truth[rows]).probabilities
        before = _accuracy(offsets, truth)
        assert _accuracy(after, truth) > before - 0.1
        assert (after.argmax(axis=1) == 1).mean() < 0.2 + 0.25


def test_a_few_wrong_first_labels_do_little_harm():
    drops = []
    for seed in range(6):
        vectors, offsets, truth = _problem(seed=seed)
        rows = np.random.default_rng(seed).permutation(400)[:4]
        wrong = (truth[rows] + 1) % 5
        after = _learner(vectors, offsets).fit(rows, wrong).probabilities
        drops.append(_accuracy(offsets, truth) - _accuracy(after, truth))
    assert np.mean(drops) < 0.13


def test_a_conflicting_duplicate_halves_what_its_image_says():
    vectors, offsets, _ = _problem()
    learner = _learner(vectors, np.zeros_like(offsets))
    one = learner.fit(np.array([5, 5]), np.array([0, 1]))
    other = learner.fit(np.array([5, 5]), np.array([1, 0]))
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
    assert abs(one.probabilities[5, 0] - one.probabilities[5, 1]) < 1e-3
    assert one.probabilities[5, 0] > one.probabilities[5, 2]
    assert one.labeled == 1 and one.counts.tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("n", "classes", "labels"),
    [(1, 1, 1), (1, 3, 1), (2, 2, 2), (30, 2, 1), (30, 1, 4), (300, 200, 260), (60, 3, 60)],
)
def test_smallest_and_widest_shapes(n, classes, labels):
    vectors, offsets, truth = _problem(n=n, dimensions=4, classes=classes)
    learner, rows = _learner(vectors, offsets), np.arange(labels)
    prediction = learner.fit(rows, truth[rows])
    crossed = learner.cross_fitted(rows, truth[rows], rows)
    for result in (prediction.probabilities, crossed):
        assert np.isfinite(result).all() and np.abs(result.sum(axis=1) - 1).max() < 1e-5
    batch = learner.next_batch(prediction, rows, np.arange(n), 10, seed=1)
    assert len(batch) == min(10, n - labels) and not set(batch) & set(rows)


def test_identical_images_and_a_class_with_a_single_label():
    vectors = np.full((30, 6), 0.3, dtype=np.float32)
    offsets = np.zeros((30, 3), dtype=np.float32)
    result = _learner(vectors, offsets).fit(np.arange(5), np.array([0, 0, 0, 0, 1])).probabilities
    assert np.isfinite(result).all()
    assert (result[6:, 0] > result[6:, 1]).all() and (result[6:, 1] > 0.01).all()


def test_arrays_that_do_not_fit_are_refused():
    vectors, offsets, _ = _problem(n=20)
    with pytest.raises(ValueError, match="graph"):
        Learner(vectors, offsets, graph=knn_graph(vectors[:10]))
    with pytest.raises(ValueError, match="outside"):
        _learner(vectors, offsets).fit(np.array([20]), np.array([0]))
