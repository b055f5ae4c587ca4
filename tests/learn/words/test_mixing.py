"""Both sources in one model: never much worse than the better one, and honest where words lack."""

from dataclasses import replace

import numpy as np
import pytest
from learn.words.pairs import draw, problem

from core.learn.models.learner import Learner
from core.learn.models.softmax import softmax
from core.learn.words.mixing import WORDS_ALONE
from core.learn.words.model import LEAST_TRUST, PICTURE, WordModel, lighter, offsets_of, predict_all

NOTHING = np.empty(0, dtype=np.int64)


def accuracies(vectors, logits, words, truth, each=8, seeds=4):
    """Mean accuracy of pictures, of words and of both on images that are not labeled."""
    learners = [
        Learner(vectors, logits, clusters=False),
        Learner(vectors, words.own, clusters=False, words=words, grid=WORDS_ALONE),
        Learner(vectors, logits, clusters=False, words=words),
    ]
    result = np.empty((seeds, 3))
    for seed in range(seeds):
        rows = draw(truth, each, seed)
        others = np.setdiff1d(np.arange(len(truth)), rows)
        for place, learner in enumerate(learners):
            chances = learner.fit(rows, truth[rows]).probabilities[others]
            result[seed, place] = (chances.argmax(axis=1) == truth[others]).mean()
    return result.mean(axis=0)


@pytest.mark.parametrize(("picture", "text"), [(2.5, 1.0), (1.0, 2.5), (2.0, 2.0)])
def test_both_are_about_as_good_as_the_better_one_or_better(picture, text):
    image, alone, both = accuracies(*problem(picture=picture, text=text))
    assert both >= max(image, alone) - 0.02


def test_words_of_other_pictures_cost_next_to_nothing():
    image, alone, both = accuracies(*problem(picture=1.0, shuffled=True))
    assert alone < 0.5 and both >= image - 0.02


def test_without_labels_it_is_both_sources_as_they_agree():
    vectors, logits, words, _ = problem(silent=0.3)
    prediction = Learner(vectors, logits, words=words).fit(NOTHING, NOTHING)
    np.testing.assert_allclose(prediction.probabilities, softmax(words.joint), rtol=1e-5)
    absent = ~words.present
    np.testing.assert_array_equal(prediction.probabilities[absent], softmax(logits[absent]))


def test_an_image_without_words_is_judged_by_the_picture():
    vectors, logits, words, truth = problem(silent=0.5)
    rows = draw(truth, 8)
    both = Learner(vectors, logits, clusters=False, words=words).fit(rows, truth[rows])
    image = Learner(vectors, logits, clusters=False).fit(rows, truth[rows])
    absent = ~words.present
    np.testing.assert_allclose(both.probabilities[absent], image.probabilities[absent], atol=2e-3)
    assert not np.allclose(both.probabilities[~absent], image.probabilities[~absent], atol=0.05)


def test_judged_images_are_judged_by_models_that_did_not_see_them():
    vectors, logits, words, truth = problem(silent=0.3)
    rows = draw(truth, 10)
    learner, judged = Learner(vectors, logits, words=words), draw(truth, 3, seed=9)
    rows = np.union1d(rows, judged)
    first = learner.cross_fitted(rows, truth[rows], judged)
    wrong = truth.copy()
    wrong[judged[:1]] = (truth[judged[:1]] + 1) % 4  # its own label must not matter to it
    second = learner.cross_fitted(rows, wrong[rows], judged)
    # Which mixes are fitted at all is decided on all labels, so the last digits may move.
    np.testing.assert_allclose(first[0], second[0], atol=0.05)


def test_shares_add_up_and_say_how_much_the_words_weigh():
    vectors, logits, words, truth = problem(picture=4.0, text=0.5)
    rows = draw(truth, 10)
    model = Learner(vectors, logits, words=words).fit(rows, truth[rows]).model
    assert isinstance(model, WordModel)
    assert sum(part.share for part in model.parts) == pytest.approx(1, abs=1e-5)
    assert sum(model.shares.values()) == pytest.approx(1, abs=1e-5)
    assert model.weight > 0.5
    assert all(part.mix.offsets in ("picture", "joint", "words") for part in model.parts)
    shuffled = problem(picture=1.0, shuffled=True)
    model = Learner(*shuffled[:2], words=shuffled[2]).fit(rows, shuffled[3][rows]).model
    assert model.weight < 0.2
    assert any(part.mix == PICTURE for part in model.parts)


def test_numbering_the_classes_otherwise_numbers_the_result_likewise():
    vectors, logits, words, truth = problem(silent=0.2)
    turn, rows = np.array([1, 3, 0, 2]), draw(truth, 6)
    one = Learner(vectors, logits, clusters=False, words=words).fit(rows, truth[rows])
    turned = replace(words, own=words.own[:, turn], joint=words.joint[:, turn])
    other = Learner(vectors, logits[:, turn], clusters=False, words=turned)
    numbered = other.fit(rows, np.argsort(turn)[truth[rows]])
    np.testing.assert_allclose(one.probabilities[:, turn], numbered.probabilities, atol=2e-3)


def test_labels_on_one_kind_of_image_alone_are_enough():
    vectors, logits, words, truth = problem(silent=0.5)
    for kind in (words.present, ~words.present):
        rows = np.flatnonzero(kind)[:25]
        fitted = Learner(vectors, logits, words=words).fit(rows, truth[rows], judged=rows[:12])
        assert np.isfinite(fitted.probabilities).all() and np.isfinite(fitted.unseen).all()
        np.testing.assert_allclose(fitted.probabilities.sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("head", ["weighted", "balanced"])
def test_other_heads_learn_from_words_too(head):
    vectors, logits, words, truth = problem(n=150, silent=0.3)
    rows, learner = draw(truth, 6), Learner(vectors, logits, clusters=False, words=words)
    plain = learner.fit(rows, truth[rows]).probabilities
    other = learner.headed(head).fit(rows, truth[rows]).probabilities
    assert np.isfinite(other).all() and not np.array_equal(plain, other)


def test_what_is_judged_on_the_way_is_of_models_that_did_not_see_it():
    vectors, logits, words, truth = problem(silent=0.3, seed=4)
    learner, judged = Learner(vectors, logits, words=words), draw(truth, 2, seed=9)
    rows = np.union1d(draw(truth, 40), judged)
    wrong = truth.copy()
    wrong[judged[:1]] = (truth[judged[:1]] + 1) % 4
    # So few of so many labels are judged in five folds, of which each leaves out its own.
    first, second = (learner.fit(rows, labels[rows], judged=judged) for labels in (truth, wrong))
    np.testing.assert_allclose(first.unseen[0], second.unseen[0], atol=0.02)
    few = draw(truth, 2, seed=9)
    ten = learner.fit(few, truth[few], judged=few).unseen
    np.testing.assert_allclose(ten, learner.cross_fitted(few, truth[few], few), atol=1e-5)


def test_a_pool_is_predicted_in_pieces_as_whole(monkeypatch):
    vectors, logits, words, truth = problem(silent=0.3)
    rows = draw(truth, 8)
    model = Learner(vectors, logits, words=words).fit(rows, truth[rows]).model
    inputs, offsets = words.beside(vectors), words.offsets(logits)
    whole = model.predict(inputs, offsets)
    monkeypatch.setattr("core.learn.words.model._CHUNK_ROWS", 7)
    np.testing.assert_allclose(model.predict(inputs, offsets), whole, atol=1e-5)


def test_all_regressions_speak_at_once_as_they_do_one_by_one():
    vectors, logits, words, truth = problem()
    rows = draw(truth, 8)
    learner = Learner(vectors, logits, clusters=False, words=words)
    inputs, offsets = learner._inputs, learner._offsets
    deal = [(np.arange(3), np.arange(3))]
    targets = np.eye(logits.shape[1])[truth[rows]]
    model = learner._fit(rows, targets, deal, 0).model
    assert isinstance(model, WordModel) and len(model.parts) > 1
    one_by_one = sum(
        part.share * part.model.predict(inputs, offsets_of(offsets, part.mix.offsets))
        for part in model.parts
    )
    np.testing.assert_allclose(model.predict(inputs, offsets), one_by_one, atol=1e-5)


def test_trusts_that_hardly_count_are_left_out():
    vectors, logits, words, truth = problem()
    model = Learner(vectors, logits, clusters=False, words=words).fit(
        draw(truth, 8), truth[draw(truth, 8)]
    ).model  # fmt: skip
    for part in model.parts:
        assert (part.model.weights > LEAST_TRUST).all()
        assert np.isclose(part.model.weights.sum(), 1)
    heavy = model.parts[0].model
    assert lighter(heavy) is heavy


@pytest.mark.parametrize("silent", [0.0, 0.3])
def test_models_speak_of_a_pool_together_as_each_alone(silent, monkeypatch):
    vectors, logits, words, truth = problem(silent=silent)
    learner = Learner(vectors, logits, clusters=False, words=words)
    rows, targets = draw(truth, 8), np.eye(4)[truth[draw(truth, 8)]]
    deal = [(np.arange(3), np.arange(3)), (np.arange(3, 6), np.arange(3, 6))]
    fitted = learner._fit(rows, targets, deal, 0)
    models = [fitted.model, *fitted.without]
    material = words.beside(vectors), words.offsets(logits)
    monkeypatch.setattr("core.learn.words.model._CHUNK_ROWS", 50)
    together = predict_all(models, *material)
    assert together.shape == (3, *logits.shape)
    for model, judged in zip(models, together, strict=True):
        np.testing.assert_allclose(model.predict(*material), judged, atol=1e-5)
    assert not np.allclose(together[0], together[1], atol=1e-3)


@pytest.mark.parametrize("most", [1, 100])
def test_what_is_judged_is_the_same_however_many_models_speak_at_once(most, monkeypatch):
    vectors, logits, words, truth = problem(silent=0.2)
    rows, learner = draw(truth, 8), Learner(vectors, logits, words=words)
    expected = learner.fit(rows, truth[rows], judged=rows[:12])
    monkeypatch.setattr("core.learn.models.learner.at_once", lambda size: most)
    other = learner.fit(rows, truth[rows], judged=rows[:12])
    np.testing.assert_allclose(other.probabilities, expected.probabilities, atol=1e-5)
    np.testing.assert_allclose(other.unseen, expected.unseen, atol=1e-5)
    np.testing.assert_allclose(other.wordless, expected.wordless, atol=1e-5)
