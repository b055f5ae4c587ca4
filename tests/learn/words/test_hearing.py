"""What words change in hearing neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from core.learn.models.calibration import with_temperature
from core.learn.models.fused import Model
from core.learn.models.learner import RELIEF, Learner
from core.learn.models.neighbourhood import knn_graph
from core.learn.words.hearing import HeardGraph, reliefs, relieved
from core.learn.words.mixing import PICTURE
from core.learn.words.model import Mix, Part, WordModel
from tests.learn.words.pairs import draw, problem

_NONE = np.empty((0, 3, 2), np.float32)
NOTHING = Model(_NONE, _NONE[:, 0], _NONE[:, 0, 0], np.empty(0))


def of_shares(words: float) -> WordModel:
    """A model in which words have a share."""
    alone = Mix(0.0, 1.0, "words")
    parts = (Part(PICTURE, 1.0 - words, NOTHING), Part(alone, words, NOTHING))
    return WordModel(parts, NOTHING)


def test_the_more_words_say_the_less_is_taken_back() -> None:
    assert reliefs(NOTHING, 1.4) == (1.4, 1.4)
    assert reliefs(of_shares(0.0), 1.4) == (1.4, 1.4)
    having = [reliefs(of_shares(share), 1.4)[1] for share in (0.2, 0.6, 1.0)]
    assert 1.4 > having[0] > having[1] > having[2] > 1.0
    assert reliefs(of_shares(0.6), 1.4)[0] == 1.4


def test_each_kind_gets_its_own_temperature() -> None:
    chances = np.tile(np.array([0.8, 0.2], np.float32), (4, 1))
    present = np.array([True, False, True, False])
    result = relieved(chances, present, (1.5, 1.1))
    np.testing.assert_array_equal(result[~present], with_temperature(chances[~present], 1.5))
    np.testing.assert_array_equal(result[present], with_temperature(chances[present], 1.1))
    same = relieved(chances, present, (1.5, 1.5))
    np.testing.assert_array_equal(same, with_temperature(chances, 1.5))


def test_images_with_words_hear_those_without_less() -> None:
    neighbours = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    present = np.array([True, True, False])
    heard = HeardGraph(neighbours, present, 0.8).mean.toarray()
    assert heard[0].tolist() == pytest.approx([0, 0.5, 0.1])
    assert heard[2].tolist() == pytest.approx([0.5, 0.5, 0])


def test_images_without_words_keep_the_confidence_of_pictures() -> None:
    vectors, logits, words, truth = problem(silent=0.5)
    rows = draw(truth, 8)
    learner = Learner(vectors, logits, graph=knn_graph(vectors), clusters=False, words=words)
    fitted = learner.fit(rows, truth[rows])
    assert isinstance(fitted.model, WordModel) and fitted.model.weight > 0.2
    assert reliefs(fitted.model, RELIEF)[1] < RELIEF
    # What is said unseen on the way is made as sure as what is said of the pool.
    others = np.setdiff1d(np.arange(len(truth)), rows)[:30]
    unseen = learner.cross_fitted(rows, truth[rows], others)
    np.testing.assert_allclose(unseen, fitted.probabilities[others], atol=1e-5)
