"""Classes raised for macro F1: what is expected of it, and what it gives where truth is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.metrics import f1_score

from core.learn.heads import lifting
from core.learn.heads.lifting import Lifted, lift, lifted, raised
from core.learn.models.calibration import with_temperature
from core.learn.models.learner import RELIEF, Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.models.softmax import softmax
from core.learn.words.model import WordModel
from tests.learn.words.pairs import draw, problem


def pool(sizes: tuple[int, ...], seed: int = 0, noise: float = 1.2) -> np.ndarray:
    """Probabilities (N, K) of images whose classes are of unequal size."""
    rng = np.random.default_rng(seed)
    meant = np.repeat(np.arange(len(sizes)), sizes)
    logits = 2.5 * np.eye(len(sizes))[meant] + noise * rng.normal(size=(len(meant), len(sizes)))
    return softmax((logits + np.log(np.array(sizes) / sum(sizes))).astype(np.float32))


def truth_of(probabilities: np.ndarray, seed: int = 0) -> np.ndarray:
    """Classes (N,) drawn from probabilities."""
    steps = probabilities.astype(np.float64).cumsum(axis=1)
    draws = np.random.default_rng(seed).random((len(steps), 1)) * steps[:, -1:]
    return (draws > steps[:, :-1]).sum(axis=1)


def expected(probabilities: np.ndarray, factors: np.ndarray) -> float:
    """Macro F1 plus accuracy of the likeliest classes, were the probabilities right."""
    guess = (probabilities * factors).argmax(axis=1)
    hits = np.bincount(guess, probabilities[np.arange(len(guess)), guess], minlength=len(factors))
    sizes = probabilities.sum(axis=0) + np.bincount(guess, minlength=len(factors))
    return float((2 * hits / sizes).mean() + hits.sum() / len(guess))


def test_two_classes_get_what_the_best_of_all_thresholds_gets() -> None:
    probabilities = pool((900, 60))
    tried = [np.array([1.0, factor]) for factor in np.exp(np.linspace(-1, 3, 400))]
    best = max(expected(probabilities, factors) for factors in tried)
    reached = expected(probabilities, lift(probabilities))
    assert reached > best - 0.003
    assert reached > expected(probabilities, np.ones(2)) + 0.01


def test_where_the_probabilities_are_right_macro_f1_gains_more_than_accuracy_loses() -> None:
    gains = []
    for seed in range(8):
        probabilities = pool((1500, 400, 120, 40, 20), seed)
        truth = truth_of(probabilities, seed)
        before = probabilities.argmax(axis=1)
        after = lifted(probabilities, lift(probabilities)).argmax(axis=1)
        macro = [f1_score(truth, guess, average="macro") for guess in (before, after)]
        gains.append((macro[1] - macro[0], (truth == after).mean() - (truth == before).mean()))
    gain, cost = np.mean(gains, axis=0)
    assert gain > 0.02 and gain > -cost
    assert cost > -0.02


def test_classes_of_one_size_stay_about_as_they_are() -> None:
    probabilities = pool((400, 400, 400))
    assert lift(probabilities).min() > 0.7
    after = lifted(probabilities, lift(probabilities)).argmax(axis=1)
    assert (after == probabilities.argmax(axis=1)).mean() > 0.98


def test_no_class_is_raised_more_than_twentyfold() -> None:
    probabilities = np.tile(np.array([0.999, 0.001], np.float32), (5_000, 1))
    probabilities[:3] = [0.9, 0.1]
    factors = lift(probabilities)
    assert factors.max() == 1 and factors.min() > np.exp(-3.01)


def test_its_slopes_are_those_of_its_loss() -> None:
    choices = lifting._Choices.of(pool((200, 50, 20)))
    for sharpness in (2.0, 8.0):
        error = check_grad(
            lambda logs, s=sharpness: choices.loss(logs, s)[0],
            lambda logs, s=sharpness: choices.loss(logs, s)[1],
            np.array([0.1, -0.3, 0.4]),
        )
        assert error < 1e-5


@pytest.mark.parametrize("shape", [(0, 3), (5, 1)])
def test_no_images_or_one_class_leave_all_as_it_is(shape: tuple[int, int]) -> None:
    assert np.array_equal(lift(np.ones(shape, np.float32)), np.ones(shape[1]))


def test_a_class_that_no_image_can_be_is_no_trouble() -> None:
    probabilities = pool((300, 60))
    with_none = np.column_stack([probabilities, np.zeros(len(probabilities), np.float32)])
    factors = lift(with_none)
    assert np.isfinite(factors).all()
    ratio = lift(probabilities)
    np.testing.assert_allclose(factors[:2] / factors[0], ratio / ratio[0], rtol=0.05)


def test_a_part_of_a_large_pool_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    probabilities = pool((6_000, 1_000, 300))
    probabilities = probabilities[np.random.default_rng(1).permutation(len(probabilities))]
    whole = lift(probabilities)
    monkeypatch.setattr(lifting, "_CELLS", 6_000)
    np.testing.assert_allclose(np.log(lift(probabilities)), np.log(whole), atol=0.35)


def test_many_classes_of_which_each_image_can_be_few() -> None:
    probabilities = pool((300, *[30] * 29))
    assert expected(probabilities, lift(probabilities)) >= expected(probabilities, np.ones(30))


def test_the_model_says_what_the_pool_says_without_its_neighbours() -> None:
    vectors, logits, _, truth = problem(n=240)
    rows = draw(truth, 10)
    graph = knn_graph(vectors)
    plain = Learner(vectors, logits, graph=graph).fit(rows, truth[rows])
    fitted = Learner(vectors, logits, graph=graph).headed("macro").fit(rows, truth[rows])
    assert plain.lift is None and fitted.lift is not None
    assert isinstance(fitted.model, Lifted)
    # Factors come before the temperature there, and after it in the pool.
    own = with_temperature(plain.model.predict(vectors, logits), RELIEF)
    outside = with_temperature(fitted.model.predict(vectors, logits), RELIEF)
    np.testing.assert_allclose(outside, lifted(own, fitted.lift), atol=1e-5)
    assert fitted.model.shares == fitted.weights


def test_a_model_of_pictures_and_words_stays_one() -> None:
    vectors, logits, words, truth = problem(n=200, silent=0.4)
    rows = draw(truth, 8)
    learner = Learner(vectors, logits, graph=knn_graph(vectors), words=words).headed("macro")
    fitted = learner.fit(rows, truth[rows], judged=rows[:10])
    assert isinstance(fitted.model, WordModel) and fitted.lift is not None
    inputs, offsets = words.beside(vectors), words.offsets(logits)
    for model in (fitted.model, raised(fitted.model, np.ones(4, np.float32), (1.0, 1.0))):
        np.testing.assert_allclose(model.predict(inputs, offsets).sum(axis=1), 1, atol=1e-4)
