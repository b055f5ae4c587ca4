"""Metrics against scikit-learn, intervals against simulated truth."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

from core.learn.judging.intervals import f1_interval, macro_f1_interval
from core.learn.judging.metrics import evaluate


def _case(n, classes, seed, concentration=0.5):
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    probabilities = rng.dirichlet(np.full(classes, concentration), size=n)
    probabilities[np.arange(n), truth] += rng.random(n)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return truth, probabilities


@given(st.integers(1, 80), st.integers(2, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_agrees_with_scikit_learn(n, classes, seed):
    truth, probabilities = _case(n, classes, seed)
    labels = [f"class {index}" for index in range(classes)]
    result = evaluate(truth, probabilities, labels)
    predicted, numbers = probabilities.argmax(axis=1), np.arange(classes)
    assert result.n == n
    assert result.accuracy == pytest.approx(accuracy_score(truth, predicted))
    assert np.array_equal(result.counts, confusion_matrix(truth, predicted, labels=numbers))
    expected = precision_recall_fscore_support(truth, predicted, labels=numbers, zero_division=0)
    for index, name in enumerate(labels):
        ours = result.per_class[name]
        precision, recall, f1, support = (column[index] for column in expected)
        assert ours.support == support
        if support == 0:
            assert ours.precision is ours.recall is ours.f1 is ours.f1_low is None
        else:
            assert [ours.precision, ours.recall, ours.f1] == pytest.approx([precision, recall, f1])
            assert 0 <= ours.f1_low <= ours.f1 <= ours.f1_high <= 1
    macro = f1_score(truth, predicted, labels=np.unique(truth), average="macro", zero_division=0)
    assert result.macro_f1 == pytest.approx(macro)
    assert 0 <= result.macro_f1_low <= macro + 1e-9 and macro - 1e-9 <= result.macro_f1_high <= 1
    assert result.top_k[1] == pytest.approx(result.accuracy)
    assert result.top_k[1] <= result.top_k[3] <= result.top_k[5] <= 1
    if classes > 3:
        expected_top = top_k_accuracy_score(truth, probabilities, k=3, labels=numbers)
        assert result.top_k[3] == pytest.approx(expected_top)
    assert sum(part.n for part in result.reliability) == n


def test_permuting_classes_permutes_the_metrics():
    truth, probabilities = _case(100, 6, 4)
    labels = list("abcdef")
    order = np.random.default_rng(0).permutation(6)
    plain = evaluate(truth, probabilities, labels)
    moved = evaluate(
        np.argsort(order)[truth], probabilities[:, order], [labels[index] for index in order]
    )
    assert moved.per_class == plain.per_class
    assert np.array_equal(moved.counts, plain.counts[np.ix_(order, order)])
    assert moved.ece == pytest.approx(plain.ece)
    assert moved.macro_f1 == pytest.approx(plain.macro_f1)


def test_json_has_the_keys_of_the_contract_and_no_nan():
    truth, probabilities = np.array([0, 0, 1]), np.array([[0.9, 0.1, 0], [0.4, 0.6, 0], [0, 1, 0]])
    result = evaluate(truth, probabilities, ["a", "b", "never"]).as_json()
    loaded = json.loads(json.dumps(result, allow_nan=False))
    contract = {"accuracy", "macro_f1", "n", "per_class", "confusion", "top_k", "ece"}
    assert contract <= set(loaded)
    assert set(loaded["per_class"]["a"]) == {
        "precision", "recall", "f1", "support", "f1_low", "f1_high",
    }  # fmt: skip
    assert (
        loaded["per_class"]["never"]["f1"] is None and loaded["per_class"]["never"]["support"] == 0
    )
    assert loaded["confusion"] == {
        "labels": ["a", "b", "never"],
        "counts": [[1, 1, 0], [0, 1, 0], [0, 0, 0]],
    }
    assert loaded["top_k"] == {"1": pytest.approx(2 / 3), "3": 1.0, "5": 1.0}


def test_a_class_that_the_model_lacks_counts_as_missed():
    truth = np.array([0, 1, 2, 2])
    probabilities = np.array([[0.8, 0.2, 0], [0.1, 0.9, 0], [0.5, 0.5, 0], [0.3, 0.7, 0]])
    result = evaluate(truth, probabilities, ["a", "b", "unknown to the model"])
    lacking = result.per_class["unknown to the model"]
    assert (lacking.precision, lacking.recall, lacking.f1, lacking.support) == (0, 0, 0, 2)
    assert result.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_narrow_integers_do_not_overflow():
    truth = np.arange(100, dtype=np.uint8)
    result = evaluate(truth, np.eye(100), [str(index) for index in range(100)])
    assert result.accuracy == 1.0 and np.array_equal(result.counts, np.eye(100, dtype=int))


def test_expected_calibration_error_by_hand():
    # Bins are (0.8667, 0.9333] and (0.6, 0.6667]: gaps |0.9 - 0.5| on 2 and |0.65 - 1| on 1 image.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.65, 0.35]])
    result = evaluate(np.array([0, 1, 0]), probabilities, ["a", "b"])
    assert result.ece == pytest.approx((2 * 0.4 + 1 * 0.35) / 3)
    filled = [part for part in result.reliability if part.n]
    assert [part.n for part in filled] == [1, 2]
    assert [part.confidence for part in filled] == pytest.approx([0.65, 0.9])
    assert [part.accuracy for part in filled] == [1.0, 0.5]
    assert len(result.reliability) == 15


def test_a_calibrated_forecaster_has_little_calibration_error():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), size=20_000)
    truth = (rng.random((20_000, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    assert evaluate(truth, probabilities, list("abc")).ece < 0.015
    sharpened = probabilities**4 / (probabilities**4).sum(axis=1, keepdims=True)
    assert evaluate(truth, sharpened, list("abc")).ece > 0.1


@pytest.mark.parametrize(
    ("truth", "probabilities", "labels"),
    [
        (np.empty(0, int), np.empty((0, 2)), ["a", "b"]),
        (np.array([0]), np.ones((1, 3)), ["a", "b"]),
        (np.array([2]), np.ones((1, 2)), ["a", "b"]),
        (np.array([-1]), np.ones((1, 2)), ["a", "b"]),
        (np.array([0]), np.ones((1, 2)), ["a", "a"]),
        (np.array([0]), np.full((1, 2), np.nan), ["a", "b"]),
        (np.array([0]), np.array([[-0.1, 1.1]]), ["a", "b"]),
    ],
)
def test_bad_input_is_refused(truth, probabilities, labels):
    with pytest.raises(ValueError):
        evaluate(truth, probabilities, labels)


def _population(classes, accuracy, seed):
    """A joint distribution (K, K) of truth and prediction, skewed, errors unevenly spread."""
    rng = np.random.default_rng(seed)
    prior = np.exp(-0.2 * np.arange(classes))
    wrong = rng.dirichlet(np.full(classes, 0.5), size=classes) * (1 - np.eye(classes))
    wrong *= (1 - accuracy) / wrong.sum(axis=1, keepdims=True)
    return (prior / prior.sum())[:, None] * (wrong + accuracy * np.eye(classes))


@pytest.mark.parametrize(
    ("classes", "accuracy", "n"), [(2, 0.95, 60), (5, 0.8, 60), (10, 0.8, 150), (10, 0.95, 200)]
)
def test_intervals_cover_the_truth(classes, accuracy, n):
    joint = _population(classes, accuracy, seed=classes)
    f1 = 2 * joint.diagonal() / (joint.sum(axis=0) + joint.sum(axis=1))
    rng = np.random.default_rng(7)
    repeats, macro_hits, class_hits = 300, 0, []
    for draw in range(repeats):
        counts = rng.multinomial(n, joint.ravel()).reshape(classes, classes)
        low, high = macro_f1_interval(counts, seed=draw)
        macro_hits += low <= f1.mean() <= high
        for index in np.flatnonzero(counts.sum(axis=1)):
            hits = counts[index, index]
            missed, false = counts[index].sum() - hits, counts[:, index].sum() - hits
            low, high = f1_interval(hits, false, missed)
            class_hits.append(low <= f1[index] <= high)
    # 300 repeats at .95 scatter by .0126. What is exact for every share lies above .95 for most.
    assert 0.91 <= macro_hits / repeats <= 0.99
    assert 0.94 <= np.mean(class_hits) < 1.0


def test_a_flawless_matrix_still_leaves_doubt():
    low, high = macro_f1_interval(np.diag([30, 30]))
    assert high == 1.0 and 0.85 < low < 0.97
    rare_low, _ = macro_f1_interval(np.diag([58, 2]))
    assert rare_low < low
    assert f1_interval(0, 0, 5)[0] == 0.0 and f1_interval(9, 0, 0)[1] == 1.0
    with pytest.raises(ValueError):
        macro_f1_interval(np.zeros((2, 2), dtype=int))
