"""The names of classes in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prompts.english import article, phrase
from core.prompts.templates import GENERAL, expand, expansions, fill
from core.prompts.words import nouns


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("apple", "an apple"),
        ("Äpfel", "an Äpfel"),
        ("shoes", "shoes"),
        ("T-shirt", "a T-shirt"),
        ("glass", "a glass"),
        ("glasses", "glasses"),
        ("bus", "a bus"),
        ("canvas", "a canvas"),
        ("children", "children"),
        ("milk", "milk"),
        ("orange juice", "orange juice"),
        ("salt and pepper", "salt and pepper"),
        ("box of chocolates", "a box of chocolates"),
        ("men in suits", "men in suits"),
        ("Oat Milk", "Oat Milk"),
        ("Granny_Smith", "Granny Smith"),
        ("Coca-Cola", "Coca-Cola"),
        ("Umbrella", "an Umbrella"),
        ("MRI scan", "an MRI scan"),
        ("USB stick", "a USB stick"),
        ("8", "an 8"),
        ("0", "a 0"),
        ("2 dogs", "2 dogs"),
        ("the moon", "the moon"),
        ("a dress", "a dress"),
        ("packaged", "a packaged product"),
        ("Unpackaged", "an unpackaged product"),
        ("damaged", "a damaged object"),
        ("black and white", "a black and white object"),
        ("slightly dirty", "a slightly dirty object"),
        ("happy", "a happy face"),
        ("very dark", "a very dark photo"),
        ("traffic light", "a traffic light"),
        ("African grey", "an African grey"),
        ("Samoyed", "a Samoyed"),
        ("seaweed", "seaweed"),
        ("other", "something else"),
        ("none of these", "something else"),
        ("not sure", "something unknown"),
        ("no hat", "something without a hat"),
        ("without glasses", "something without glasses"),
        ("not packaged", "something not packaged"),
        ("猫", "猫"),
    ],
)
def test_a_name_is_said_as_in_english(name: str, said: str) -> None:
    assert str(phrase(name)) == said
    if not said.endswith(" photo"):
        assert expand(name)[0] == f"a photo of {said}"


def test_common_things_take_an_article() -> None:
    """Of ImageNet's thousand names, which are all singular, next to none is read as a plural."""
    bare = [name for name in nouns() if not phrase(name).article or not phrase(name).is_noun]
    assert len(bare) < 25, bare
    assert {"sunglasses", "broccoli", "Granny Smith"} <= set(bare)
    assert all(phrase(name).text == name for name in nouns())


def test_a_photo_is_not_of_a_photo() -> None:
    assert expand("blurry") == ("a blurry photo",)
    assert fill("an aerial photo of a {}", "blurry") == "a blurry photo"


def test_other_templates_take_the_bare_name() -> None:
    assert fill("hand sign for {}", "open") == "hand sign for open"
    assert fill("A {} on a table, {} below", "apples") == "Apples on a table, apples below"
    assert expand("packaged")[1] == "a packaged product"
    assert expand("dress")[1] == "dress"


@given(st.text(max_size=30))
def test_any_text_has_prompts_that_hold_it(name: str) -> None:
    prompts = expand(name)
    assert 1 <= len(prompts) <= len(GENERAL)
    assert prompts in expansions(name)
    said = phrase(name)
    assert said.article in ("", "a", "an")
    if said.is_noun and said.text:
        assert said.text in prompts[0]


@given(st.text(min_size=1, max_size=20).filter(str.strip))
def test_any_word_has_an_article(words: str) -> None:
    assert article(words) in ("a", "an")
