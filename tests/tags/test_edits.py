"""Changes to tags as people make them: whatever is typed, what comes out can be kept and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prompts.vocabulary import Vocabulary
from core.tags.edits import GENERAL, added, code_of, from_classes, renamed
from core.tags.reading import parse
from core.tags.saving import dump
from core.tags.vocabulary import Derived, Tag, Tags

NAMES = st.text(max_size=40) | st.sampled_from(
    ["path", "PATH", "and", "x_band", "x", "X", "3 hats", "", "t-shirt", "t_shirt", "__", "Ж", "²"]
)


def test_the_general_tags_can_be_kept() -> None:
    assert parse(dump(GENERAL), "v") == GENERAL


@given(st.lists(NAMES, max_size=8))
def test_codes_are_always_allowed_and_free(names: list[str]) -> None:
    tags = Tags()
    for name in names:
        tags = tags.put(Tag(code_of(name, tags.codes)))
    assert len(tags.tags) == len(names)
    assert parse(dump(tags), "v").codes == tags.codes


@given(st.text(st.characters(exclude_characters="="), max_size=80))
def test_whatever_is_typed_gives_tags_that_can_be_kept(typed: str) -> None:
    tags = added(GENERAL, typed)
    assert tags.tags[: len(GENERAL.tags)] == GENERAL.tags
    assert parse(dump(tags), "v").codes == tags.codes
    assert added(tags, typed) == tags  # what is there is not added again


def test_a_line_adds_names_descriptions_and_rules() -> None:
    tags = added(Tags(), "boat, a red dress, Boat, calm sea = boat & !a_red_dress")
    assert tags.tags == (Tag("boat", "", "boat"), Tag("a_red_dress", "", "a red dress"))
    assert tags.derived == (Derived("calm_sea", "boat & !a_red_dress"),)


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ("cat & dog", "puss & dog"),
        ("!(cat|cats) and not cat", "!(puss|cats) and not puss"),
        ("cat_2 | black-cat | cat", "cat_2 | black-cat | puss"),
    ],
)
def test_a_new_code_goes_into_whole_words_of_rules_only(rule: str, after: str) -> None:
    tags = Tags((Tag("cat", "Cat"), Tag("dog")), (Derived("x", rule),))
    changed = renamed(tags, "cat", "puss")
    assert changed.tags == (Tag("puss", "Cat"), Tag("dog"))
    assert changed.derived[0].rule == after


def test_every_class_becomes_a_tag_with_its_prompts() -> None:
    classes = Vocabulary.of({"t-shirt": ["a tee"], "path": ["a way", "a road"], "T-Shirt": ["b"]})
    tags = from_classes(classes)
    assert [tag.words for tag in tags.tags] == ["t-shirt", "path", "T-Shirt"]
    assert [tag.prompts for tag in tags.tags] == [("a tee",), ("a way", "a road"), ("b",)]
    assert parse(dump(tags), "v") == tags
