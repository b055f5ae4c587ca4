"""The comparison models are what they say, and answer to the same calls as Winnow's own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from clouds import clouds
from sklearn.linear_model import LogisticRegression

from core.learn.comparison_models import Material, model_of
from core.learn.models import many
from core.learn.models.recipes import START, PromptsAlone, Regression, tuned_c


@pytest.mark.parametrize("n", [12, 60])
@pytest.mark.parametrize("k", [2, 3])
def test_the_usual_recipe_is_plain_logistic_regression(n: int, k: int) -> None:
    vectors, logits, truth = clouds(k=k)
    rows = np.random.default_rng(1).permutation(len(truth))[:n]
    plain = LogisticRegression(C=1, max_iter=2000).fit(vectors[rows], truth[rows])
    for kind in ("recipe", "lr"):
        result = model_of(kind, Material(vectors, logits)).fit(rows, truth[rows])
        np.testing.assert_allclose(result.probabilities, plain.predict_proba(vectors), atol=2e-3)
        assert result.counts.tolist() == np.bincount(truth[rows], minlength=k).tolist()


def test_more_labels_than_dimensions() -> None:
    vectors, logits, truth = clouds(d=5)
    rows = np.arange(80)
    plain = LogisticRegression(C=1, max_iter=2000).fit(vectors[rows], truth[rows])
    result = model_of("recipe", Material(vectors, logits)).fit(rows, truth[rows])
    np.testing.assert_allclose(result.probabilities, plain.predict_proba(vectors), atol=2e-3)


@pytest.mark.parametrize("kind", ["recipe", "lr", "lr-cv"])
def test_zero_shot_until_ten_labels_and_two_classes(kind: str) -> None:
    vectors, logits, truth = clouds()
    model = model_of(kind, Material(vectors, logits))
    zero_shot = PromptsAlone(vectors, logits).fit(np.arange(3), truth[:3]).probabilities
    of_one = np.flatnonzero(truth == 1)[: START + 5]
    for rows in (np.arange(START - 1), np.repeat(np.arange(START - 1), 2), of_one):
        np.testing.assert_array_equal(model.fit(rows, truth[rows]).probabilities, zero_shot)
    enough = np.arange(START)
    assert not np.array_equal(model.fit(enough, truth[enough]).probabilities, zero_shot)


def test_a_class_without_labels_is_forgotten_by_a_regression() -> None:
    vectors, logits, truth = clouds()
    rows = np.flatnonzero(truth != 2)[:30]
    result = model_of("lr-cv", Material(vectors, logits)).fit(rows, truth[rows]).probabilities
    assert (result[:, 2] == 0).all()
    np.testing.assert_allclose(result.sum(axis=1), 1, atol=1e-5)


def test_cross_validation_tells_noise_from_structure() -> None:
    vectors, _, truth = clouds(n=100, spread=0.3)
    noise = np.random.default_rng(3).permutation(truth)
    assert tuned_c(vectors, noise) < 1 < tuned_c(vectors, truth)


def test_tuned_regression_beats_the_untuned_on_close_vectors() -> None:
    vectors, logits, truth = clouds(n=400, spread=1.0)
    near = vectors + 4 * vectors.mean(axis=0) + 2 * np.eye(1, 24, dtype=np.float32)
    near = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    rows, rest = np.arange(40), np.arange(40, 400)

    def loss(kind: str) -> float:
        result = model_of(kind, Material(near, logits)).fit(rows, truth[rows]).probabilities[rest]
        return float(-np.log(result[np.arange(len(rest)), truth[rest]]).mean())

    assert loss("lr-cv") < loss("lr") - 0.05


def test_the_queue_of_a_regression_asks_about_its_own_doubts() -> None:
    vectors, logits, truth = clouds()
    model = model_of("lr", Material(vectors, logits))
    rows = np.arange(30)
    prediction = model.fit(rows, truth[rows])
    sorted_ = np.sort(prediction.probabilities, axis=1)
    margins = sorted_[:, -1] - sorted_[:, -2]
    free = np.arange(30, 120)
    asked = model.next_batch(prediction, rows, free, 5, "margin")
    assert set(asked) == set(free[np.argsort(margins[free], kind="stable")[:5]])


def test_many_classes_for_few_labels_pass_without_a_warning():
    """scikit-learn takes such labels for measurements and says so; here they are expected."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    logits = rng.normal(size=(60, 20)).astype(np.float32)
    rows, classes = np.arange(24), np.arange(24) % 20
    for tuned in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fitted = Regression(vectors, logits, tuned=tuned).fit(rows, classes)
        assert np.isfinite(fitted.probabilities).all()


@pytest.mark.parametrize("kind", ["lr", "zero-shot"])
def test_with_very_many_classes_only_the_rows_in_question_are_predicted(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, logits, truth = clouds(0, n=80, k=4)
    rows = np.arange(0, 80, 2)
    model = model_of(kind, Material(vectors, logits))
    whole = model.cross_fitted(rows, truth[rows], rows)
    monkeypatch.setattr(many, "MANY", 3)
    assert np.allclose(model.cross_fitted(rows, truth[rows], rows), whole, atol=1e-6)
