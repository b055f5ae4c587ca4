"""Texts become features and logits; an image without words has neither."""

import numpy as np
import pytest
from learn.words.pairs import problem

from core.learn.words.block import Words


def test_images_without_words_keep_the_pictures_logits_and_have_no_features():
    _, logits, words, _ = problem(silent=0.4)
    absent = ~words.present
    assert 0 < absent.sum() < len(absent)
    assert not words.features[absent].any() and not words.own[absent].any()
    np.testing.assert_array_equal(words.joint[absent], logits[absent])


def test_features_are_of_mean_squared_norm_one_over_the_images_with_words():
    _, _, words, _ = problem(silent=0.4)
    assert np.square(words.features[words.present]).sum(axis=1).mean() == pytest.approx(1, rel=0.02)


def test_one_text_for_all_tells_nothing_and_breaks_nothing():
    words = Words.make(
        np.ones((1, 4), np.float32) / 2, np.zeros(30, int), np.ones((1, 3)), np.zeros((30, 3))
    )
    assert not words.features.any() and not words.agree


def test_words_of_some_images_are_theirs():
    _, _, words, _ = problem(silent=0.5)
    rows = np.array([5, 2, 9])
    part = words.take(rows)
    np.testing.assert_array_equal(part.features, words.features[rows])
    np.testing.assert_array_equal(part.joint, words.joint[rows])
    assert words.take(np.flatnonzero(~words.present)) is None


def test_shapes_that_do_not_match_are_refused():
    vectors, scores, logits = np.ones((2, 4), np.float32), np.ones((2, 3)), np.zeros((5, 3))
    with pytest.raises(ValueError, match="do not number"):
        Words.make(vectors, np.full(5, -1), scores, logits)
    with pytest.raises(ValueError, match="do not number"):
        Words.make(vectors, np.full(5, 2), scores, logits)
    with pytest.raises(ValueError, match="do not match"):
        Words.make(vectors, np.zeros(5, int), scores[:1], logits)
    with pytest.raises(ValueError, match="not finite"):
        Words.make(vectors * np.nan, np.zeros(5, int), scores, logits)
