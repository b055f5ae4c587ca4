"""Families of templates are proposed for names that suit, and never take typed prompts away."""

from __future__ import annotations

import pytest

from core.prompts.families import FAMILIES, number_word, numeral, proposed, untouched

BY_KEY = {family.key: family for family in FAMILIES}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["0", "1", "2"], ["digits", "signs"]),
        (["one", "two", "three"], ["digits", "signs"]),
        (["digit_1", "digit_2"], ["digits", "signs"]),
        (["A", "B", "C"], ["signs"]),
        (["packaged", "unpackaged"], ["products"]),
        (["invoice", "receipt", "other"], ["documents"]),
        (["forest", "river", "sea"], ["aerial"]),
        (["dress", "shirt", "hat"], []),
        (["7"], []),
    ],
)
def test_class_names_propose_their_family(names: list[str], expected: list[str]) -> None:
    assert [family.key for family in proposed(names)] == expected


def test_digits_are_spoken_as_the_templates_say() -> None:
    assert BY_KEY["digits"].expand("2") == ("the digit two", "handwritten number 2", "digit 2")
    assert BY_KEY["signs"].expand("two") == ("hand sign for two", "a hand showing the number 2")
    assert BY_KEY["signs"].expand("hello") == ("hand sign for hello",)


def test_numbers_and_words_agree() -> None:
    for value in range(100):
        assert numeral(str(value)) == str(value)
    assert number_word(0) == "zero"
    assert number_word(21) == "twenty-one"
    assert number_word(90) == "ninety"
    assert [numeral(number_word(value)) for value in range(20)] == [str(v) for v in range(20)]


def test_only_prompts_that_nobody_typed_may_be_replaced() -> None:
    assert untouched("dress", ["a photo of a dress", "dress"])
    assert untouched("2", BY_KEY["digits"].expand("2"))
    assert untouched("dress", [])
    assert not untouched("dress", ["a long dress"])
