"""Sentences around a class name."""

from __future__ import annotations

import pytest

from core.prompts.templates import expand


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("airplane", "a photo of an airplane"),
        ("dress", "a photo of a dress"),
        ("unopened_box", "a photo of an unopened box"),
        ("Umbrella", "a photo of an Umbrella"),
        ("uniform", "a photo of a uniform"),
        ("used car", "a photo of a used car"),
        ("unimportant", "a photo of an unimportant"),
        ("European shoe", "a photo of a European shoe"),
        ("one-way sign", "a photo of a one-way sign"),
        ("onesie", "a photo of a onesie"),
        ("hourglass", "a photo of an hourglass"),
        ("house", "a photo of a house"),
        ("{}", "a photo of a {}"),
        ("a {}", "a photo of a {}"),
    ],
)
def test_the_article_suits_the_name(name: str, sentence: str) -> None:
    assert expand(name)[0] == sentence
