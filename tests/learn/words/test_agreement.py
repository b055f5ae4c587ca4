"""Words are trusted without labels as far as they agree with the pictures."""

import numpy as np
from learn.words.pairs import problem

from core.learn.words.agreement import ALONE, agreement


def test_words_that_agree_with_pictures_are_heard():
    _, logits, words, _ = problem()
    a, b = agreement(logits, words.own)
    assert a > 0.1 and b > 0.1


def test_words_of_other_pictures_are_not():
    for seed in range(5):
        _, logits, words, _ = problem(seed=seed, shuffled=True)
        assert agreement(logits, words.own) == ALONE


def test_nothing_to_agree_on_leaves_pictures_alone():
    none = np.empty((0, 3))
    assert agreement(none, none) == ALONE
    assert agreement(np.zeros((9, 1)), np.zeros((9, 1))) == ALONE
    assert agreement(np.zeros((9, 3)), np.zeros((9, 3))) == ALONE


def test_numbering_classes_otherwise_changes_no_scale():
    _, logits, words, _ = problem()
    turn = np.array([2, 0, 3, 1])
    np.testing.assert_allclose(
        agreement(logits, words.own), agreement(logits[:, turn], words.own[:, turn]), rtol=0.05
    )
