"""Agreement of the people of a question: which answers count, per pair and per class."""

from __future__ import annotations

import pytest

from core.learn.judging.agreement import agreement as plain
from core.services.people.agreement import agreement
from core.store.labels.base import REMOVED, SETTLED, Kind, Label


def answer(person: str, label: str | None, kind: Kind = "label", source: str = "test") -> Label:
    return Label("x", label, kind, person, 1.0, source)


def test_pairs_everybody_and_classes_are_compared() -> None:
    answers = {
        "1": [answer("ann", "cat"), answer("bob", "cat")],
        "2": [answer("ann", "cat"), answer("bob", "dog")],
        "3": [answer("ann", "dog"), answer("bob", "dog"), answer("eve", "dog")],
        "4": [answer("ann", None, "none"), answer("bob", None, "unusable")],
        "5": [answer("ann", "cat")],
    }
    result = agreement(answers)
    assert result.people == {"ann": 5, "bob": 4, "eve": 1}
    assert (result.alpha.images, result.disagreed, result.settled) == (4, 2, 0)
    assert list(result.pairs) == [("ann", "bob"), ("ann", "eve"), ("bob", "eve")]
    assert result.shares["ann", "bob"] == 0.5
    one, other = ["cat", "cat", "dog", "none"], ["cat", "dog", "dog", "unusable"]
    assert result.pairs["ann", "bob"].value == pytest.approx(plain(one, other).kappa)
    assert set(result.of_class) == {"cat", "dog", "none of these", "not usable"}
    content = result.as_json()
    assert content["pairs"][0]["people"] == ["ann", "bob"]
    assert content["classes"]["cat"]["images"] == 4


def test_answers_that_follow_from_others_do_not_count() -> None:
    settled = answer("rea", "cat", source=f"{SETTLED}, label page")
    answers = {
        "1": [answer("ann", "cat"), answer("bob", "dog"), settled],
        "2": [answer("ann", "cat"), answer("bob", None, "skip")],
        "3": [answer("ann", "cat"), answer("bob", "fox", source=REMOVED)],
    }
    result = agreement(answers)
    assert (result.alpha.images, result.alpha.answers) == (1, 2)
    assert (result.disagreed, result.settled) == (1, 1)
    assert result.people == {"ann": 3, "bob": 1}


def test_without_answers_there_is_nothing_to_say() -> None:
    result = agreement({})
    assert (result.alpha.value, result.pairs, result.of_class, result.people) == (None, {}, {}, {})
