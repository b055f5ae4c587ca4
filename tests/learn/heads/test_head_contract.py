"""What every head must do."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.heads.names import NAMES, PLAIN
from core.learn.heads.registry import HEADS, head_of
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph, knn_graph, smooth
from core.learn.models.softmax import softmax

NOTHING = np.empty(0, dtype=np.int64)
every = pytest.mark.parametrize("name", NAMES)
SIZES = (120, 40, 15, 6)


def tail(
    seed: int = 0, sizes: tuple[int, ...] = SIZES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, logits and truth of classes of unequal size."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    means = rng.normal(size=(len(sizes), 12))
    vectors = means[truth] + 1.2 * rng.normal(size=(len(truth), 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    logits = 2.0 * vectors @ (means + rng.normal(size=means.shape)).T
    return vectors.astype(np.float32), logits.astype(np.float32), truth


def test_the_names_are_those_of_the_commands_and_each_head_says_what_it_does() -> None:
    assert tuple(HEADS) == NAMES
    assert len({head.title for head in HEADS.values()}) == len(NAMES)
    assert all(head.what.endswith(".") for head in HEADS.values())


def test_an_unknown_name_is_refused_with_a_sentence_that_lists_the_others() -> None:
    with pytest.raises(ValueError, match="'nearest'") as refusal:
        head_of("nearest")
    assert all(name in str(refusal.value) for name in NAMES)
    vectors, logits, _ = tail()
    with pytest.raises(ValueError, match="nearest"):
        Learner(vectors, logits).headed("nearest")


@every
def test_without_labels_it_is_prompts_alone(name: str) -> None:
    vectors, logits, _ = tail()
    learner = Learner(vectors, logits, graph=knn_graph(vectors)).headed(name)
    fitted = learner.fit(NOTHING, NOTHING)
    assert np.array_equal(fitted.probabilities, softmax(logits))
    assert fitted.weights[1.0] == 1


def test_plain_is_the_model_as_it_is_without_heads_to_the_last_bit() -> None:
    vectors, logits, truth = tail()
    learner, rows = Learner(vectors, logits, graph=knn_graph(vectors)), np.arange(60)
    before, after = (one.fit(rows, truth[rows]) for one in (learner, learner.headed(PLAIN)))
    assert np.array_equal(before.probabilities, after.probabilities)
    assert before.weights == after.weights


@every
def test_it_learns_and_its_probabilities_and_shares_sum_to_one(name: str) -> None:
    vectors, logits, truth = tail()
    learner, rows = Learner(vectors, logits).headed(name), np.arange(90)
    fitted = learner.fit(rows, truth[rows])
    assert np.allclose(fitted.probabilities.sum(axis=1), 1, atol=1e-5)
    assert fitted.probabilities.min() >= 0
    assert sum(fitted.weights.values()) == pytest.approx(1)
    right = (fitted.probabilities.argmax(axis=1) == truth)[90:].mean()
    assert right > (logits.argmax(axis=1) == truth)[90:].mean()
    # What it learned scores images outside the pool likewise.
    assert np.allclose(fitted.model.predict(vectors, logits), fitted.probabilities, atol=1e-5)


@every
def test_numbering_images_or_classes_otherwise_numbers_the_result_likewise(name: str) -> None:
    vectors, logits, truth = tail()
    rows = np.arange(50)
    want = Learner(vectors, logits).headed(name).fit(rows, truth[rows]).probabilities
    images, classes = np.random.default_rng(1).permutation(len(truth)), np.array([2, 0, 3, 1])
    place, number = np.argsort(images), np.argsort(classes)
    moved = Learner(vectors[images], logits[images][:, classes]).headed(name)
    result = moved.fit(place[rows], number[truth[rows]]).probabilities
    assert np.allclose(result, want[images][:, classes], atol=2e-3)


@every
def test_a_label_has_no_say_in_what_is_said_of_its_own_image(name: str) -> None:
    vectors, logits, truth = tail()
    learner, rows = Learner(vectors, logits).headed(name), np.arange(60)
    honest = learner.cross_fitted(rows, truth[rows], rows[:20], folds=20)
    for row in (3, 11):
        changed = truth[rows].copy()
        changed[row] = (changed[row] + 1) % 4
        other = learner.cross_fitted(rows, changed, rows[:20], folds=20)
        # Trust in the prompts is dealt into folds by what is labeled how: hence not to the bit.
        assert np.abs(other[row] - honest[row]).max() < 0.1
        assert np.abs(other - honest).max() > 1e-4


@every
def test_one_label_or_labels_of_one_class_are_no_trouble(name: str) -> None:
    vectors, logits, truth = tail()
    learner = Learner(vectors, logits).headed(name)
    for rows in (np.array([0]), np.flatnonzero(truth == 1)[:5]):
        fitted = learner.fit(rows, truth[rows], judged=rows)
        assert np.isfinite(fitted.probabilities).all() and np.isfinite(fitted.unseen).all()


def test_heads_for_rare_classes_find_more_of_them() -> None:
    gained = dict.fromkeys(("weighted", "adjusted", "balanced"), 0.0)
    for seed in range(6):
        vectors, logits, truth = tail(seed, (600, 150, 40, 20))
        learner, rows = Learner(vectors, logits), np.arange(160)
        rare = np.flatnonzero(truth >= 2)
        rare = rare[rare >= 160]
        plain = learner.fit(rows, truth[rows]).probabilities
        for name in gained:
            other = learner.headed(name).fit(rows, truth[rows]).probabilities
            gain = (other.argmax(axis=1) == truth)[rare].mean()
            gained[name] += gain - (plain.argmax(axis=1) == truth)[rare].mean()
    assert all(gain > 0.1 for gain in gained.values()), gained


def test_neighbours_heard_evenly_do_not_outvote_a_rare_class() -> None:
    """An image between two that are likely rare and two of the common class that is all around."""
    probabilities = np.tile(np.array([0.1, 0.9], np.float32), (40, 1))
    probabilities[0], probabilities[1:3] = 0.5, [0.6, 0.4]
    neighbours = np.tile(np.arange(4, 8, dtype=np.int32), (40, 1))
    neighbours[0] = [1, 2, 4, 5]
    graph, none = Graph(neighbours), np.empty((0, 2))
    heard = [
        smooth(probabilities, graph, NOTHING, none, evenly=evenly)[0] for evenly in (0.0, 0.6, 1.0)
    ]
    assert heard[0][0, 0] < heard[1][0, 0] < heard[2][0, 0]
    assert heard[2][0, 0] > 0.5 > heard[2][5, 0]
    assert all(np.allclose(each.sum(axis=1), 1, atol=1e-6) for each in heard)
    assert np.array_equal(heard[0], smooth(probabilities, graph, NOTHING, none)[0])
