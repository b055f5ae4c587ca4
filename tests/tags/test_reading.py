"""The tag vocabulary: what people may write, and what is refused and how."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from tag_texts import GOOD

from core.runtime.errors import WinnowError
from core.tags.reading import MAX_TAGS, parse, read
from core.tags.vocabulary import Derived, Settings


def test_everything_that_may_be_written() -> None:
    tags = parse(GOOD, "v.yaml")
    assert tags.codes == ["earth", "moon", "stars", "earth_and_moon", "dark"]
    earth, moon, stars = tags.tags
    assert tags.prompts(earth) == ("a photo of the planet Earth", "earth")
    assert tags.prompts(moon) == ("the full moon", "The Moon of the moon")
    assert tags.contrast(moon) == ("the sun",)
    assert tags.prompts(stars) == ("stars", "the milky way")
    assert tags.settings(moon) == Settings(centre=2, accept=0.8)
    assert moon.type == "quality"
    assert tags.derived[0] == Derived("earth_and_moon", "earth & moon")


def test_a_list_of_tags_is_the_same_vocabulary() -> None:
    text = "tags:\n  - code: earth\n    description: the planet Earth\n  - {code: moon}\n"
    assert parse(text, "v") == parse("tags: {earth: the planet Earth, moon: }", "v")


def test_the_example_of_the_collection_is_valid() -> None:
    assert len(read(SAMPLE / "tags.yaml").derived) == 3


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tags:\n  a: x\n  a: y\n", ("line 3", "duplicate")),
        ("tags:\n  - code: a\n  - code: A\n", ("line 3", "tags.A", "twice", "'a'")),
        ("tags: {a: x}\nderived: {a: a}\n", ("line 2", "twice")),
        ("tags:\n  a: {scale: 0}\n", ("line 2", "tags.a.scale", "greater than or equal to 0.01")),
        ("tags:\n  a:\n    colour: red\n", ("line 3", "tags.a.colour", "allowed are", "prompts")),
        ("tag: {}\n", ("line 1", "tag is unknown", "templates, defaults, tags, derived")),
        ("tags: {a: x}\nderived:\n  b: a & c\n", ("line 3", "derived.b", "'c'", "no tag")),
        ("tags: {earth: x}\nderived: {b: eart}\n", ("do you mean 'earth'",)),
        ("tags: {a: x}\nderived:\n  b: c\n  c: d\n  d: b | a\n", ("line 3", "b → c → d → b")),
        ("tags: {a: x}\nderived: {b: b}\n", ("b → b",)),
        ("tags: {a: x}\nderived: {b: a &}\n", ("derived.b", "ends", "character 4")),
        ("tags: {a: x}\nderived: {b: __import__('os').remove('x')}\n", ("derived.b", "character")),
        ("tags: {path: x}\n", ("tags.path", "column")),
        ("tags: {And: x}\n", ("tags.And", "rules")),
        ("tags: {a b: x}\n", ("tags.a b", "no code")),
        ("tags: {a: x, a_band: y}\n", ("tags.a_band", "bands of 'a'")),
        ("tags: {a: {accept: 0.2}}\n", ("tags.a.accept", "reject is 0.3")),
        ("tags: {a: {accept: high}}\n", ("tags.a.accept", "number")),
        ("tags: {a: {description: [x]}}\n", ("tags.a.description", "a line of text")),
        ("tags: {a: {code: b}}\n", ("tags.a", "second code")),
        ("tags: [x, y]\n", ("tags", "must be lines")),
        ("- 1\n", ("no vocabulary",)),
        ("tags: &t {a: *t}\n", ("line 1", "holds itself")),
        ("tags:\n\ta: b\n", ("line 2", "not valid YAML")),
        ("tags: !!python/object/apply:os.system [ls]\n", ("v.yaml",)),
        ("tags: {a: " + "x" * 600 + "}\n", ("tags.a.description", "at most 500")),
    ],
)
def test_what_is_refused_names_line_key_and_what_is_allowed(
    text: str, parts: tuple[str, ...]
) -> None:
    with pytest.raises(WinnowError) as error:
        parse(text, "v.yaml")
    sentence = str(error.value)
    assert sentence.startswith("v.yaml")
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence


def test_limits() -> None:
    many = "tags:\n" + "".join(f"  t{i}: x\n" for i in range(MAX_TAGS + 1))
    with pytest.raises(WinnowError, match=str(MAX_TAGS)):
        parse(many, "v")
    with pytest.raises(WinnowError, match="characters"):
        parse("#" * 1_000_001, "v")
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
    )
    with pytest.raises(WinnowError, match="values"):
        parse(bomb, "v")
    with pytest.raises(WinnowError, match=r"prompts\.0 must be a line of text"):
        parse(f"tags:\n  t: &t\n    - &u [{'x, ' * 40} x]\n    - *u\n", "v")


def test_a_missing_file_and_one_without_tags(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read(tmp_path / "v.yaml")
    (tmp_path / "v.yaml").write_text("classes: {a: [b]}")
    with pytest.raises(WinnowError, match="no tags"):
        read(tmp_path / "v.yaml")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200) | st.text(alphabet="tagsderiv:{}[]-&*!|>? \n\tab0'\"#", max_size=80))
def test_no_text_does_more_than_a_clear_error(text: str) -> None:
    for whole in (text, f"tags:\n  {text}", f"tags: {{a: x}}\nderived: {{b: {text}}}"):
        try:
            parse(whole, "f")
        except WinnowError as error:
            assert "\n" not in str(error).strip()
