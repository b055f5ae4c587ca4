"""The cluster prior: silent where it has nothing to say, used only where it helps, fair to all."""

import numpy as np
import pytest

from core.learn.asking.simulation import Scene
from core.learn.models.cluster_prior import Groups, Verdict, enough, verdict
from core.learn.models.frame import frame_of
from core.learn.models.learner import Learner
from core.learn.models.softmax import softmax


def _pool(n=600, clumps=30, classes=3, wrong=0.0, seed=0, dimensions=24):
    """Tight clumps, each of one class; the prompts are wrong about whole clumps as often as said.

    Returns vectors, zero-shot logits, truth and the clump of each image.
    """
    rng = np.random.default_rng(seed)
    clump = rng.integers(clumps, size=n)
    middles = rng.normal(size=(clumps, dimensions))
    vectors = middles[clump] + 0.3 * rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    own = rng.integers(classes, size=clumps)
    believed = np.where(rng.random(clumps) < wrong, (own + 1) % classes, own)
    logits = 1.5 * np.eye(classes)[believed[clump]] + 0.5 * rng.normal(size=(n, classes))
    return vectors.astype(np.float32), logits.astype(np.float32), own[clump], clump


def _clusters_of_luck(seed):
    """A pool whose groups of look-alikes know nothing of the classes; the prompts do."""
    rng = np.random.default_rng(seed)
    vectors, _, _, _ = _pool(seed=seed)
    truth = rng.integers(3, size=len(vectors))
    logits = 1.5 * np.eye(3)[truth] + rng.normal(size=(len(vectors), 3))
    return vectors, logits.astype(np.float32), truth


def _loss(probabilities, truth):
    return -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-9)).mean()


def _both(vectors, logits, truth, rows):
    return [
        Learner(vectors, logits, clusters=clusters).fit(rows, truth[rows])
        for clusters in (True, False)
    ]


def test_without_labels_and_with_too_few_the_prior_changes_nothing():
    vectors, logits, truth, _ = _pool(wrong=0.5)
    nothing = np.empty(0, dtype=np.int64)
    first = Learner(vectors, logits).fit(nothing, nothing)
    assert np.array_equal(first.probabilities, softmax(logits))
    assert first.clusters == Verdict() and not first.clusters.used
    with_, without = _both(vectors, logits, truth, np.arange(19))
    assert with_.clusters.gain is None
    assert np.array_equal(with_.probabilities, without.probabilities)


def test_it_is_used_where_prompts_are_wrong_about_whole_groups_and_then_it_helps():
    used, better = [], []
    for seed in range(6):
        vectors, logits, truth, _ = _pool(wrong=0.5, seed=seed)
        with_, without = _both(vectors, logits, truth, np.arange(40))
        used.append(with_.clusters.used)
        better.append(_loss(without.probabilities, truth) - _loss(with_.probabilities, truth))
        assert np.array_equal(with_.probabilities, without.probabilities) != with_.clusters.used
    assert sum(used) >= 4
    assert np.mean(better) > 0.02


def test_a_simulation_can_do_without():
    vectors, logits, truth, _ = _pool(wrong=0.5)
    rows = np.arange(40)
    for clusters in (True, False):
        model = Scene(vectors, logits, truth, clusters=clusters).model("fused")
        assert model.fit(rows, truth[rows]).clusters.used is clusters


def test_it_is_left_out_where_groups_follow_chance():
    harm = []
    for seed in range(8):
        vectors, logits, truth = _clusters_of_luck(seed)
        with_, without = _both(vectors, logits, truth, np.arange(120))
        harm.append(_loss(with_.probabilities, truth) - _loss(without.probabilities, truth))
        if not with_.clusters.used:
            assert np.array_equal(with_.probabilities, without.probabilities)
    assert np.mean(harm) < 0.005


def test_labels_move_their_own_group_only():
    vectors, logits, _, _ = _pool(wrong=0.5)
    groups = Groups.make(vectors, frame_of(vectors), 3)
    chances = softmax(logits)
    rows = np.flatnonzero(groups.of == groups.of[0])[:5]
    moved = groups.moved(chances, rows, np.eye(3)[[2] * len(rows)])
    inside = groups.of == groups.of[0]
    np.testing.assert_allclose(moved[~inside], chances[~inside], atol=1e-6)
    assert (moved[inside, 2] >= chances[inside, 2] - 1e-6).all()
    np.testing.assert_allclose(moved.sum(axis=1), 1, atol=1e-5)


def test_labels_that_are_as_expected_change_little():
    vectors, logits, _, _ = _pool()
    groups = Groups.make(vectors, frame_of(vectors), 3)
    chances = softmax(logits)
    rows = np.arange(len(vectors))
    moved = groups.moved(chances, rows, chances.astype(np.float64))
    assert np.abs(moved - chances).max() < 0.06  # the sample is not the whole group


def test_the_sample_stands_for_every_group():
    vectors, _, _, _ = _pool(n=900)
    groups = Groups.make(vectors, frame_of(vectors), 3)
    assert groups.count == 15 and len(np.unique(groups.sample)) == len(groups.sample)
    held = np.unique(groups.of)
    assert np.array_equal(np.unique(groups.of[groups.sample]), held)


def test_permuting_images_permutes_the_groups():
    vectors, logits, truth, _ = _pool(wrong=0.5)
    order = np.random.default_rng(1).permutation(len(vectors))
    rows = np.arange(40)
    back = np.argsort(order)
    one = Learner(vectors, logits).fit(rows, truth[rows])
    other = Learner(vectors[order], logits[order]).fit(back[rows], truth[rows])
    assert one.clusters.used and other.clusters.used
    np.testing.assert_allclose(other.probabilities[back], one.probabilities, atol=2e-3)


def test_permuting_classes_permutes_the_result():
    vectors, logits, truth, _ = _pool(wrong=0.5)
    rows, turn = np.arange(40), np.array([2, 0, 1])
    one = Learner(vectors, logits).fit(rows, truth[rows])
    other = Learner(vectors, logits[:, turn]).fit(rows, np.argsort(turn)[truth[rows]])
    assert one.clusters.used
    np.testing.assert_allclose(other.probabilities, one.probabilities[:, turn], atol=2e-3)


def test_a_label_makes_no_difference_to_the_cross_fitted_score_of_its_own_image():
    vectors, logits, truth, _ = _pool(wrong=0.5)
    learner, rows = Learner(vectors, logits), np.arange(60)
    audit = np.arange(20, 50)
    honest = learner.cross_fitted(rows, truth[rows], audit, folds=30)
    for row in (22, 41):
        changed = truth.copy()
        changed[row] = (truth[row] + 1) % 3
        other = learner.cross_fitted(rows, changed[rows], audit, folds=30)
        np.testing.assert_allclose(other[row - 20], honest[row - 20], atol=0.05)


@pytest.mark.parametrize("labels", [20, 40])
def test_labels_of_one_class_or_of_conflicting_opinion_leave_numbers_finite(labels):
    vectors, logits, _, clump = _pool(n=200, clumps=4)
    rows = np.argsort(clump, kind="stable")[:labels]
    learner = Learner(vectors, logits)
    one = learner.fit(rows, np.zeros(labels, dtype=int))
    twice = learner.fit(np.repeat(rows, 2), np.tile([0, 1], labels))
    for prediction in (one, twice):
        assert np.isfinite(prediction.probabilities).all()
        np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1, atol=1e-5)


def test_images_that_are_all_alike_make_groups_too():
    vectors = np.full((200, 6), 0.3, dtype=np.float32)
    groups = Groups.make(vectors, frame_of(vectors), 2)
    moved = groups.moved(np.full((200, 2), 0.5, np.float32), np.arange(20), np.eye(2)[[0] * 20])
    assert (moved[:, 0] > moved[:, 1]).all()


def test_when_it_is_tried_and_what_is_said_of_it():
    assert enough(150, 3, 20)
    assert not enough(149, 3, 20) and not enough(150, 3, 19)
    assert not enough(10_000, 200, 399) and not enough(9_999, 200, 400)
    assert enough(10_000, 200, 400) and not enough(10_000, 1, 400)
    assert verdict(np.array([0.1, 0.2, 0.15])).used
    assert not verdict(np.array([0.3, -0.2, 0.0])).used
    assert not verdict(np.empty(0)).used
    sentences = {
        v.sentence() for v in (Verdict(), Verdict(0.2, 0.1), Verdict(0.1, 0.2), Verdict(-0.1, 0.05))
    }
    assert len(sentences) == 3
