"""Words of YAML that look like numbers, booleans, dates or nothing: text, there and back."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prompts import yaml_file
from core.prompts.vocabulary import Vocabulary, parse
from core.prompts.writing import dump
from core.runtime.spelling import clean

WORDS = (
    "001", "02146", "1e5", "1_000", "1.50", "0x1F", "0o17", "0b1", "True", "no", "Yes", "on",
    "null", "Null", "~", "2024-05-01", "2024-05-01 10:00:00", "12:30:00", "1:30", ".5",
    ".inf", ".nan", "+1", "-0", "=", "1e", "0", "9" * 30,
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_what_was_typed_as_a_name_and_as_a_prompt(word: str) -> None:
    text = f"classes:\n  {word}: [{'x' if word == '~' else word}]\n  b: y\n"
    before = parse(text, "f")
    assert before.names == [word, "b"]
    assert before.prompts()[word] == ["x" if word == "~" else word]
    after = dump(before, text)
    assert f"  {word}: " in after or f"  '{word}': " in after
    assert parse(after, "f") == before
    assert parse(dump(before), "f") == before, "what needs quotes gets them"


def test_nothing_is_nothing_where_a_value_stands_and_a_name_where_a_name_stands() -> None:
    text = "classes:\n  a:\n  b: null\n  c: ~\n  d: [~, null, x]\n  null: y\n"
    assert parse(text, "f").prompts() == {
        "a": [], "b": [], "c": [], "d": ["null", "x"], "null": ["y"],
    }  # fmt: skip


def test_comments_and_spellings_survive_a_change_elsewhere() -> None:
    text = "# ours\nclasses:\n  001: [a, 007]   # first\n  True: [b]\n  2024-05-01: c  # last\n"
    vocabulary = parse(text, "f")
    changed = Vocabulary((*vocabulary.classes, ("new", ("1e5",))))
    after = dump(changed, text)
    for part in ("# ours", "001: [a, 007]", "# first", "True: [b]", "2024-05-01: c", "# last"):
        assert part in after
    assert parse(after, "f") == changed


def test_tags_of_yaml_still_ask_for_what_they_name() -> None:
    content = yaml_file.load("a: !!str 5\nb: !!int '7'\n<<: {c: d}\n", "f").content
    assert content == {"a": "5", "b": 7, "c": "d"}


def test_an_empty_name_is_not_written_as_null() -> None:
    yaml, stream = yaml_file.round_trip(), io.StringIO()
    yaml.dump(yaml.load("a:\n  : [x]\n  b:\n"), stream)
    assert stream.getvalue() == "a:\n  '': [x]\n  b:\n"


cells = st.sampled_from(WORDS) | st.text(max_size=20).map(clean).filter(bool)


@given(st.dictionaries(cells, st.lists(cells, max_size=3), min_size=1, max_size=6))
def test_any_names_and_prompts_survive_the_file_and_changes_of_it(
    classes: dict[str, list[str]],
) -> None:
    vocabulary = Vocabulary.of(classes)
    text = dump(vocabulary)
    assert parse(text, "f") == vocabulary
    fewer = Vocabulary(vocabulary.classes[1:])
    assert parse(dump(fewer, text), "f") == fewer
