"""Groups: complete, ordered, repeatable, and right where groups are plain."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from core.learn.groups.clusters import kmeans, name_clusters, stable_k, suggest_k
from core.runtime.progress import Cancelled, Report


def _blobs(sizes, dimensions=10, seed=0):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    vectors = 5 * np.eye(len(sizes), dimensions)[group] + rng.normal(size=(len(group), dimensions))
    return vectors.astype(np.float32), group


@given(st.integers(1, 60), st.integers(1, 80), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_every_image_has_one_group_and_groups_fall_in_size(n, k, seed):
    rng = np.random.default_rng(seed)
    # Few distinct values, so that there are copies and zero vectors.
    vectors = rng.integers(0, 2, size=(n, 4)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clusters = kmeans(vectors, k, seed)
    groups = len(clusters.sizes)
    assert 1 <= groups <= min(n, k)
    assert np.array_equal(np.bincount(clusters.assignment, minlength=groups), clusters.sizes)
    assert clusters.sizes.min() > 0 and (np.diff(clusters.sizes) <= 0).all()
    assert clusters.assignment.dtype == np.int32 and clusters.centres.shape == (groups, 4)
    assert np.array_equal(clusters.assignment[clusters.medoids], np.arange(groups))


def test_plain_groups_are_found_at_any_length_and_by_any_seed():
    vectors, group = _blobs([80, 60, 40, 20])
    lengths = np.random.default_rng(1).uniform(0.1, 9, size=(200, 1)).astype(np.float32)
    for seed in range(3):
        clusters = kmeans(lengths * vectors, 4, seed)
        assert adjusted_rand_score(group, clusters.assignment) > 0.9
    again = kmeans(lengths * vectors, 4, 2)
    assert np.array_equal(clusters.assignment, again.assignment)
    assert np.array_equal(clusters.centres, again.centres)


def test_centres_are_means_and_medoids_their_nearest():
    vectors, _ = _blobs([30, 20])
    clusters = kmeans(vectors, 2)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for index in range(2):
        rows = np.flatnonzero(clusters.assignment == index)
        mean = units[rows].mean(axis=0)
        assert np.abs(clusters.centres[index] - mean).max() < 1e-5
        assert clusters.medoids[index] == rows[((units[rows] - mean) ** 2).sum(axis=1).argmin()]


def test_as_many_groups_as_images_gives_each_its_own():
    vectors, _ = _blobs([3, 3])
    assert kmeans(vectors, 6).sizes.tolist() == [1] * 6
    assert kmeans(vectors, 99).sizes.tolist() == [1] * 6
    assert kmeans(np.ones((7, 3), dtype=np.float32), 3).sizes.tolist() == [7]


def test_mini_batches_find_plain_groups_too():
    vectors, group = _blobs([9_000, 7_000, 5_000])
    clusters = kmeans(vectors, 3)
    assert len(vectors) > 20_000 and adjusted_rand_score(group, clusters.assignment) > 0.9


@given(st.integers(0, 10**6), st.integers(1, 300))
def test_suggested_k_is_usable(n, classes):
    k = suggest_k(n, classes)
    assert 1 <= k <= 200 and (k == 1 or n // k >= 10)
    assert suggest_k(n + 1000, classes) >= k and suggest_k(n, classes + 1) >= k


@pytest.mark.parametrize(
    ("vectors", "k"),
    [(np.zeros((0, 2)), 1), (np.zeros(3), 1), (np.ones((3, 2)), 0), (np.full((3, 2), np.nan), 1)],
)
def test_bad_input_is_refused(vectors, k):
    with pytest.raises(ValueError):
        kmeans(vectors.astype(np.float32), k)


def test_as_many_groups_as_there_are_come_out_stable() -> None:
    random = np.random.default_rng(0)
    centres = np.eye(12, 40)[:6] * 8
    vectors = np.repeat(centres, 60, axis=0) + random.normal(size=(360, 40)) * 0.4
    k, scores = stable_k(vectors.astype(np.float32), [3, 6, 12])
    assert k == 6
    assert scores[6] > scores[12]


def test_the_number_being_tried_is_said_and_the_search_stops_when_asked() -> None:
    vectors = np.random.default_rng(0).normal(size=(90, 8)).astype(np.float32)
    notes = []

    class Listening(Report):
        def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
            notes.append((done, total, note))
            super().step(name, done, total, note)
            if done == 1:
                self.cancel()

    with pytest.raises(Cancelled):
        stable_k(vectors, [3, 6, 12], report=Listening())
    assert notes[:2] == [(0, 3, "now 3"), (1, 3, "now 6")]
    assert len(notes) <= 3


def test_names_set_clusters_apart_and_are_given_once() -> None:
    texts = np.eye(4, dtype=np.float32)
    centres = np.array([[1, 0.9, 0, 0], [0.9, 1, 0, 0], [0, 0, 1, 1]], dtype=np.float32)
    names = name_clusters(centres, centres.mean(axis=0), texts, most=2)
    assert [own[0] for own in names] == [0, 1, 2]
    assert names[2] == [2, 3]
