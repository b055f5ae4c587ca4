"""What a line of the log says of a change of the classes."""

from __future__ import annotations

import pytest

from core.project.vocabulary_change import change_of
from core.prompts.vocabulary import Vocabulary

BEFORE = {"cat": ["a cat"], "dog": ["a dog"], "fox": ["a fox"]}


@pytest.mark.parametrize(
    ("after", "text"),
    [
        ({**BEFORE, "owl": ["an owl"]}, "added owl"),
        ({"cat": ["a cat"], "fox": ["a fox"]}, "removed dog"),
        ({"cat": ["a cat"], "hound": ["a dog"], "fox": ["a fox"]}, "class dog renamed hound"),
        ({**BEFORE, "cat": ["a cat", "a kitten"]}, "prompts of cat"),
        ({"fox": ["a fox"], "dog": ["a dog"], "cat": ["a cat"]}, "order or groups of the classes"),
        ({"cat": ["a tom"], "owl": ["an owl"]}, "added owl, removed dog, fox, prompts of cat"),
        (
            {**BEFORE, **{f"n{n}": ["x"] for n in range(6)}},
            "added n0, n1, n2, n3 and 2 more",
        ),
    ],
)
def test_a_change_is_said_in_a_line(after: dict[str, list[str]], text: str) -> None:
    assert change_of(Vocabulary.of(BEFORE), Vocabulary.of(after)) == text
