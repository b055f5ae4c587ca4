"""Classes spliced into a text are written as if all of it had been parsed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompts.vocabulary import Vocabulary, parse
from core.prompts.writing import dump, spliced
from core.runtime.spelling import clean

WORDS = st.one_of(
    st.sampled_from(
        ["yes", "1", "a: b", "# x", "'", '"', "- y", "a dog", "ä ö", "{}", "null", "|"]
    ),
    st.text(max_size=12),
).filter(lambda text: clean(text) == text != "")
VOCABULARIES = st.dictionaries(
    WORDS, st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=4
)
TAGS = "# mine\ntags:\n  red:   # a remark\n    prompts: [a red thing]\n"
BEFORE = Vocabulary.of({"dog": ["a dog", "a puppy"], "cat": ["a cat"]})
AFTER = Vocabulary.of({"cat": ["a cat", "a kitten"], "dog": ["a dog"], "bird": ["a bird"]})


@settings(max_examples=150)
@given(VOCABULARIES, VOCABULARIES, st.sampled_from(["", TAGS]))
def test_the_text_is_what_the_parser_would_write(before: dict, after: dict, tags: str) -> None:
    first, second = Vocabulary.of(before), Vocabulary.of(after)
    text = dump(first, tags)
    made = spliced(text, first, second)
    assert made == dump(second, text)
    assert made.startswith(tags)


@pytest.mark.parametrize("rest", ["", "tags:\n  red: {prompts: [red]}\n"])
def test_what_follows_stays_byte_by_byte(rest: str) -> None:
    made = spliced(dump(BEFORE) + rest, BEFORE, AFTER)
    assert made == dump(AFTER) + rest
    assert parse(made, "it") == AFTER


@pytest.mark.parametrize(
    "text",
    [
        dump(BEFORE).replace("  cat:", "  # the other\n  cat:"),
        dump(BEFORE).replace("- a cat", "- 'a cat'"),
        dump(BEFORE) + "# of the cat\n",
        dump(BEFORE) + "  - another prompt\n",
        dump(BEFORE).replace("\n", "\r\n"),
        "a" + dump(BEFORE),
        "",
    ],
)
def test_where_people_wrote_among_the_classes_it_is_parsed(text: str) -> None:
    assert spliced(text, BEFORE, AFTER) is None


def test_without_classes_there_is_nothing_to_splice() -> None:
    assert spliced(dump(BEFORE), BEFORE, Vocabulary()) is None
    assert spliced("", Vocabulary(), AFTER) is None
