"""Families of templates are proposed for names that suit, and never take typed prompts away."""

from __future__ import annotations

import pytest

from core.prompts.families import (
    FAMILIES,
    Family,
    choose,
    named_family,
    number_word,
    numeral,
    proposed,
    untouched,
)
from core.prompts.templates import expand
from core.runtime.errors import WinnowError

BY_KEY = {family.key: family for family in FAMILIES}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["0", "1", "2"], ["digits", "signs"]),
        (["one", "two", "three"], ["digits", "signs"]),
        (["digit_1", "digit_2"], ["digits", "signs"]),
        (["A", "B", "C"], ["letters", "signs"]),
        (["letter_a", "letter b", "Letter-C"], ["letters", "signs", "documents"]),
        (["size S", "size M", "size L"], []),
        (["0", "1", "2", "other"], ["digits", "signs"]),
        (["red", "dark blue", "black-white", "Other"], ["colours"]),
        (["redwood", "blue jay"], []),
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


@pytest.mark.parametrize(
    ("names", "folder", "paths", "key", "others"),
    [
        ("0 1 2", "scans", (), "digits", ["signs"]),
        ("0 1 2", "Sign-Language-Digits", (), "signs", ["digits"]),
        ("0 1 2", "SignDigits", (), "signs", ["digits"]),
        ("0 1 2", "photos", ("hand_1/a.jpg", "hand_2/b.jpg", "c.jpg"), "signs", ["digits"]),
        ("0 1 2", "photos", ("hand.jpg", "b.jpg", "c.jpg"), "digits", ["signs"]),
        ("0 1 2", "hand-written digits", (), "digits", ["signs"]),
        ("0 1 2", "handbags", (), "digits", ["signs"]),
        ("0 1 2", "traffic_signs", (), "digits", ["signs"]),
        ("a b c", "ASL", (), "signs", ["letters"]),
        ("a b c", "", (), "letters", ["signs"]),
        ("red green", "hands", (), "general", ["colours"]),
        ("packaged unpackaged", "hands", (), "general", ["products"]),
        ("dress shirt", "signs", (), "general", []),
    ],
)
def test_bare_names_that_mean_nothing_in_a_sentence_get_their_family(
    names: str, folder: str, paths: tuple[str, ...], key: str, others: list[str]
) -> None:
    choice = choose(names.split(), folder, paths)
    assert choice.family.key == key
    assert [family.key for family in choice.others] == others
    assert bool(choice.hint) == (key == "signs")


def test_a_family_has_several_names() -> None:
    assert named_family("none") is named_family("general") is BY_KEY["general"]
    for name in ("signs", "Sign-Language", "sign_language", "hand signs"):
        assert named_family(name) is BY_KEY["signs"]
    assert named_family("colors") is BY_KEY["colours"]
    assert all(named_family(family.key) is family for family in FAMILIES)
    assert all(named_family(family.title) is family for family in FAMILIES)
    with pytest.raises(WinnowError, match=r"no family of prompts 'cats': choose one of auto, none"):
        named_family("cats")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.key)
def test_every_family_makes_prompts_of_any_name(family: Family) -> None:
    for name in ("7", "x", "red", "other", "oat milk", "Ünïcode", "日本", "a_b-c", "forty-two"):
        prompts = family.expand(name)
        assert prompts
        assert not [text for text in prompts if "{" in text or not text.strip()]
        assert untouched(name, prompts)
    assert family.expand("other") == expand("other")
