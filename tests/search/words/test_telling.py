"""Class-based TF-IDF: what tells groups of texts apart."""

from __future__ import annotations

import numpy as np
import pytest

from core.search.words.telling import count_words, telling
from core.search.words.tokens import normal, telling_words

TEXTS = [
    "the red rose, a flower", "a rose garden", "red tulip flower", "",
    "a truck on the road", "red truck", "truck 2024", "the road",
]  # fmt: skip
GROUPS = np.array([0, 0, 0, 0, 1, 1, 1, -1])


def test_what_a_group_has_and_others_have_not_comes_first() -> None:
    flowers, trucks = telling(count_words(TEXTS), GROUPS, 2)
    assert [each.word for each in flowers] == ["flower", "rose", "red"]
    assert [each.word for each in trucks] == ["truck"], "a word of one text tells nothing"
    first = trucks[0]
    assert (first.share, first.elsewhere) == (1.0, 0.0)
    assert flowers[-1].elsewhere == pytest.approx(1 / 3)


def test_the_weights_are_those_of_the_paper() -> None:
    flowers, _ = telling(count_words(TEXTS), GROUPS, 2)
    # Words of the groups: red rose flower, rose garden, red tulip flower; truck road, red truck,
    # truck.
    mean = (8 + 5) / 2
    assert flowers[0].weight == pytest.approx(2 / 8 * np.log(1 + mean / 2))
    assert flowers[2].weight == pytest.approx(2 / 8 * np.log(1 + mean / 3))


def test_one_wordy_text_does_not_speak_for_its_group() -> None:
    words = telling(count_words(["spam " * 500, "ham", "ham", "eggs"]), np.zeros(4, int), 1)
    assert [each.word for each in words[0]] == ["ham"]


def test_groups_without_words_and_no_groups() -> None:
    assert telling(count_words(["", ""]), np.array([0, 1]), 2) == [[], []]
    assert telling(count_words([]), np.array([], int), 1) == [[]]
    assert telling(count_words(TEXTS), np.full(8, -1), 1) == [[]]


def test_spelling() -> None:
    assert normal("  Élan—VITAL,  don't ") == "élan vital don't"
    assert normal("ﬁne") == "fine" and normal("!?") == ""
    assert telling_words("The 3 cats & a dog's 2024 b x1") == {"cats", "dog's", "x1"}
    assert normal("红色dress") == "红 色 dress"
