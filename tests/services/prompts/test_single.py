"""One prompt more and one less; what others changed meanwhile stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.prompts.single import add_prompt, remove_prompt

WORDS = Vocabulary.of({"red": ["red"], "blue": ["blue"]})


@pytest.fixture
def file(tmp_path: Path) -> VocabularyFile:
    file = VocabularyFile(tmp_path / "vocabulary.yaml", tmp_path / "history.jsonl")
    file.save_classes(WORDS)
    return file


def test_a_prompt_is_added_and_taken_back_alone(file: VocabularyFile) -> None:
    assert add_prompt(file, "red", "  a crimson   thing ") == "a crimson thing"
    add_prompt(file, "blue", "the sky")
    assert remove_prompt(file, "red", "a crimson thing")
    assert file.classes().prompts() == {"red": ["red"], "blue": ["blue", "the sky"]}
    assert not remove_prompt(file, "red", "a crimson thing")


@pytest.mark.parametrize(
    ("name", "prompt", "why"),
    [("red", " ", "Describe"), ("red", "red", "already"), ("green", "x", "no class 'green'")],
)
def test_what_cannot_be_added_is_said(
    file: VocabularyFile, name: str, prompt: str, why: str
) -> None:
    with pytest.raises(WinnowError, match=why):
        add_prompt(file, name, prompt)
    assert file.classes() == WORDS


def test_the_last_prompt_and_other_classes_stay(file: VocabularyFile) -> None:
    assert not remove_prompt(file, "red", "red")
    assert not remove_prompt(file, "green", "red")
    assert file.classes() == WORDS
