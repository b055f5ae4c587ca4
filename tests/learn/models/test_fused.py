"""The fused model: zero-shot without labels, better than both extremes with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from core.learn.models.frame import frame_of
from core.learn.models.fused import TRUST, Thrift, fit, fuse, shares_of
from core.learn.models.softmax import softmax


def _problem(n=600, dimensions=32, classes=6, seed=0, noise=1.0, text_noise=1.0):
    """Gaussian classes, and offsets from prototypes that only roughly know where they are."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    means = rng.normal(size=(classes, dimensions))
    vectors = means[truth] + noise * 2.0 * rng.normal(size=(n, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    text = means + text_noise * rng.normal(size=means.shape)
    offsets = 2.0 * vectors @ text.T
    return vectors.astype(np.float32), offsets.astype(np.float32), truth


def _no_labels():
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
@settings(max_examples=60, deadline=None)
def test_without_labels_it_is_zero_shot_to_the_last_bit(classes, n, seed, scale):
    rng = np.random.default_rng(seed)
    offsets = (scale * rng.normal(size=(n, classes))).astype(np.float32)
    vectors = rng.normal(size=(n, 5)).astype(np.float32)
    result = fuse(vectors, offsets, *_no_labels())
    assert np.array_equal(result.probabilities, softmax(offsets))
    assert np.array_equal(result.probabilities.argmax(axis=1), offsets.argmax(axis=1))
    assert result.weights == {0.0: 0.0, 0.25: 0.0, 0.5: 0.0, 0.75: 0.0, 1.0: 1.0}
    assert result.labeled == 0


def test_two_logits_one_bit_apart_keep_their_winner():
    low = np.float32(0.1)
    offsets = np.array([[low, np.nextafter(low, np.float32(1)), -3.0]], dtype=np.float32)
    assert softmax(offsets)[0].argmax() == 1


def test_matches_scikit_learn_where_the_prompts_say_nothing():
    # With constant offsets all five fits are one plain ridge-penalised multinomial regression.
    vectors, offsets, truth = _problem()
    rows = np.arange(80)
    result = fuse(vectors, np.zeros_like(offsets), rows, truth[rows])
    # A constant column of 1/6 under the weights' N(0, 6²) is a bias under N(0, 1).
    features = frame_of(vectors).features(vectors)
    design = np.hstack([features, np.full((len(vectors), 1), 1 / 6)])
    oracle = LogisticRegression(C=36.0, fit_intercept=False, max_iter=5000, tol=1e-8)
    oracle.fit(design[rows], truth[rows])
    assert np.abs(result.probabilities - oracle.predict_proba(design)).max() < 5e-3


@pytest.mark.parametrize("n", [10, 40, 150])
def test_not_worse_than_either_extreme(n):
    ours, zero_shot, regression = [], [], []
    for seed in range(6):
        vectors, offsets, truth = _problem(n=1000, seed=seed, text_noise=1.3)
        rows = np.random.default_rng(seed).permutation(500)[:n]
        test = np.arange(500, 1000)
        result = fuse(vectors, offsets, rows, truth[rows])
        ours.append((result.probabilities[test].argmax(1) == truth[test]).mean())
        zero_shot.append((offsets[test].argmax(1) == truth[test]).mean())
        plain = LogisticRegression(C=30.0, max_iter=2000).fit(vectors[rows], truth[rows])
        regression.append((plain.predict(vectors[test]) == truth[test]).mean())
    assert np.mean(ours) > max(np.mean(zero_shot), np.mean(regression)) - 0.01
    if n == 40:
        assert np.mean(ours) > max(np.mean(zero_shot), np.mean(regression)) + 0.01


@given(st.integers(2, 40), st.integers(1, 25), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_permuting_images_labels_or_classes_permutes_the_result(classes, n, seed):
    rng = np.random.default_rng(seed)
    vectors, offsets, _ = _problem(n=60, dimensions=8, classes=classes, seed=seed % 1000)
    rows, labels = rng.integers(60, size=n), rng.integers(classes, size=n)
    plain = fuse(vectors, offsets, rows, labels).probabilities

    images, names, order = rng.permutation(60), rng.permutation(classes), rng.permutation(n)
    place, name = np.argsort(images), np.argsort(names)
    moved = fuse(
        vectors[images], offsets[images][:, names], place[rows][order], name[labels][order]
    )
    assert np.abs(moved.probabilities - plain[images][:, names]).max() < 2e-3


@given(st.integers(2, 12), st.integers(1, 20), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_probabilities_are_probabilities(classes, n, seed):
    rng = np.random.default_rng(seed)
    vectors, offsets, _ = _problem(n=40, dimensions=6, classes=classes, seed=seed % 1000)
    rows, labels = rng.integers(40, size=n), rng.integers(classes, size=n)
    result = fuse(vectors, 50 * offsets, rows, labels)
    assert result.probabilities.dtype == np.float32
    assert result.probabilities.shape == (40, classes)
    assert np.isfinite(result.probabilities).all() and result.probabilities.min() >= 0
    assert np.abs(result.probabilities.sum(axis=1) - 1).max() < 1e-5
    assert tuple(result.weights) == TRUST and abs(sum(result.weights.values()) - 1) < 1e-9
    assert result.labeled == len(np.unique(rows))


def test_repeating_a_label_changes_nothing():
    vectors, offsets, truth = _problem()
    rows = np.array([3, 9, 17, 40, 41])
    once = fuse(vectors, offsets, rows, truth[rows])
    thrice = fuse(vectors, offsets, np.tile(rows, 3), np.tile(truth[rows], 3))
    assert np.array_equal(once.probabilities, thrice.probabilities)
    assert thrice.labeled == 5


def test_conflicting_labels_of_an_image_share_it_and_their_order_is_nothing():
    vectors, offsets, _ = _problem(classes=3)
    flat = np.zeros_like(offsets)
    one = fuse(vectors, flat, np.array([5, 5]), np.array([0, 1]))
    other = fuse(vectors, flat, np.array([5, 5]), np.array([1, 0]))
    assert np.array_equal(one.probabilities, other.probabilities)
    first, second, third = one.probabilities[5]
    assert abs(first - second) < 1e-3 and first > third + 0.1


def test_one_label_moves_its_own_image_most():
    vectors, offsets, _ = _problem()
    labeled = np.array([12]), np.array([4])
    after = fuse(vectors, np.zeros_like(offsets), *labeled).probabilities[:, 4]
    assert after[12] > 0.4 and after[12] >= np.quantile(after, 0.99)
    against_the_prompts = np.array([12]), np.array([int(offsets[12].argmin())])
    moved = fuse(vectors, offsets, *against_the_prompts).probabilities[12]
    assert moved[against_the_prompts[1][0]] > 100 * softmax(offsets)[12].min()


def test_a_class_without_labels_stays_reachable_through_its_prompts():
    vectors, offsets, truth = _problem(n=800, text_noise=0.3)
    rows = np.flatnonzero(truth[:400] != 2)[:60]
    result = fuse(vectors, offsets, rows, truth[rows])
    held = np.flatnonzero(truth == 2)
    assert (result.probabilities[held].argmax(axis=1) == 2).mean() > 0.4


def test_labels_of_a_single_class_do_not_drown_the_others():
    vectors, offsets, truth = _problem(n=800, text_noise=0.3)
    rows = np.flatnonzero(truth == 1)[:10]
    result = fuse(vectors, offsets, rows, truth[rows])
    before = (offsets.argmax(axis=1) == truth).mean()
    after = (result.probabilities.argmax(axis=1) == truth).mean()
    assert after > before - 0.1
    assert (result.probabilities[rows].argmax(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("n", "classes", "labels"),
    [(1, 1, 0), (1, 1, 1), (1, 3, 1), (2, 2, 2), (30, 1, 4), (250, 200, 120)],
)
def test_smallest_and_widest_shapes(n, classes, labels):
    vectors, offsets, truth = _problem(n=n, dimensions=4, classes=classes)
    result = fuse(vectors, offsets, np.arange(labels), truth[:labels])
    assert result.probabilities.shape == (n, classes)
    assert np.isfinite(result.probabilities).all()
    if classes == 1:
        assert (result.probabilities == 1).all()


def test_identical_vectors_leave_the_prompts_and_the_class_shares():
    vectors = np.full((20, 7), 0.37, dtype=np.float32)
    offsets = np.zeros((20, 2), dtype=np.float32)
    result = fuse(vectors, offsets, np.arange(4), np.array([0, 0, 0, 1]))
    assert np.ptp(result.probabilities[:, 0]) == 0
    assert 0.5 < result.probabilities[0, 0] < 0.75


def test_more_labels_than_dimensions_equals_the_other_route():
    # The span is found from the smaller of the two products; padding with zeros swaps them.
    vectors, offsets, truth = _problem(n=300, dimensions=10)
    padded = np.hstack([vectors, np.zeros((300, 200), dtype=np.float32)])
    rows = np.arange(100)
    narrow = fuse(vectors, offsets, rows, truth[rows]).probabilities
    wide = fuse(padded, offsets, rows, truth[rows]).probabilities
    assert np.abs(narrow - wide).max() < 2e-3


def test_hopeless_prompts_lose_their_weight():
    vectors, offsets, truth = _problem(n=600, noise=0.6)
    shuffled = 10 * np.random.default_rng(1).permutation(offsets)
    rows = np.arange(200)
    result = fuse(vectors, shuffled, rows, truth[rows])
    assert result.weights[0.0] > 0.9


@pytest.mark.parametrize(
    "change",
    [
        {"vectors": np.full((4, 2), np.nan, dtype=np.float32)},
        {"offsets": np.full((4, 2), np.inf, dtype=np.float32)},
        {"offsets": np.zeros((3, 2), dtype=np.float32)},
        {"offsets": np.zeros((4, 0), dtype=np.float32)},
        {"vectors": np.zeros((4, 0), dtype=np.float32)},
        {"rows": np.array([4])},
        {"rows": np.array([-1])},
        {"classes": np.array([2])},
        {"classes": np.array([-1])},
        {"rows": np.array([0, 1])},
    ],
)
def test_bad_input_is_refused(change):
    given_arrays = {
        "vectors": np.eye(4, 2, dtype=np.float32),
        "offsets": np.zeros((4, 2), dtype=np.float32),
        "rows": np.array([0]),
        "classes": np.array([0]),
    }
    with pytest.raises(ValueError):
        fuse(**(given_arrays | change))


def test_a_fit_of_all_goes_on_to_models_without_some_and_is_not_made_again():
    vectors, offsets, truth = _problem()
    units, targets = shares_of(np.arange(60), truth[:60], *offsets.shape)
    held = [np.arange(5), np.array([20, 31, 44])]
    material = frame_of(vectors), vectors[units], offsets[units], targets
    at_once, whole = fit(*material, held), fit(*material)
    assert len(whole.without) == 0 and whole.likelihood.shape == (60, len(TRUST))
    on = fit(*material, held, whole=whole)
    assert on.model is whole.model and on.others is whole.others
    for one, other in zip(at_once.without, on.without, strict=True):
        assert one.shares.keys() == other.shares.keys()
        each = (model.predict(vectors, offsets) for model in (one, other))
        np.testing.assert_allclose(*each, atol=2e-3)  # the solver stops at a tolerance
    # Labels that are left out leave no trace.
    changed = targets.copy()
    changed[held[1]] = np.roll(changed[held[1]], 1, axis=1)
    other = fit(*material[:3], changed, held, whole=whole)
    each = (one.without[1].predict(vectors, offsets) for one in (on, other))
    np.testing.assert_allclose(*each, atol=1e-5)


def test_a_fit_may_stop_sooner():
    vectors, offsets, truth = _problem()
    units, targets = shares_of(np.arange(60), truth[:60], *offsets.shape)
    material = frame_of(vectors), vectors[units], offsets[units], targets
    models = (fit(*material, thrift=Thrift(tolerance=least)).model for least in (1e-5, 3e-5, 1e-2))
    exact, soon, rough = (model.predict(vectors, offsets) for model in models)
    np.testing.assert_allclose(soon, exact, atol=0.02)
    assert np.abs(rough - exact).max() > np.abs(soon - exact).max()


def test_trusts_that_hardly_count_are_not_worked_out_when_it_goes_on():
    vectors, offsets, truth = _problem()
    units, targets = shares_of(np.arange(60), truth[:60], *offsets.shape)
    held = [np.arange(5)]
    material = frame_of(vectors), vectors[units], offsets[units], targets
    whole = fit(*material)
    every, some = (
        fit(*material, held, whole=whole, thrift=Thrift(least)).without[0] for least in (0, 0.02)
    )
    assert len(some.trusts) < len(every.trusts) == len(TRUST)
    assert (some.weights > 0.02).all() and np.isclose(some.weights.sum(), 1)
    each = (model.predict(vectors, offsets) for model in (every, some))
    np.testing.assert_allclose(*each, atol=0.02)
