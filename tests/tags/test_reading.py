"""The tag vocabulary: what people may write, what is refused and how, and what saving keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary, clean
from core.runtime.errors import WinnowError
from core.tags.reading import MAX_TAGS, checked, parse, read
from core.tags.saving import dump
from core.tags.vocabulary import Derived, Settings, Tag, Tags

GOOD = """\
# the sky and what is in it
classes:
  day: [a photo at day]      # bright
  night: [a photo at night]
templates: ["a photo of {description}", "{label}"]
defaults: {accept: 0.8}
tags:
  earth: the planet Earth    # ours
  moon:
    label: The Moon
    type: quality
    prompts: [the full moon, "{description} of the moon"]
    contrast: the sun
    centre: 2                # by hand
  stars: [stars, the milky way]
derived:
  earth_and_moon: earth & moon   # both
  dark: {rule: not earth or stars, label: Dark}
"""


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
        ("tags: &t {a: *t}\n", ("tags.a",)),
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
    said = str(error.value)
    assert said.startswith("v.yaml")
    assert "\n" not in said
    for part in parts:
        assert part in said


def test_limits() -> None:
    many = "tags:\n" + "".join(f"  t{i}: x\n" for i in range(MAX_TAGS + 1))
    with pytest.raises(WinnowError, match=str(MAX_TAGS)):
        parse(many, "v")
    with pytest.raises(WinnowError, match="characters"):
        parse("#" * 1_000_001, "v")
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(20)
    )
    with pytest.raises(WinnowError, match="a is unknown"):
        parse(bomb, "v")
    with pytest.raises(WinnowError, match=r"prompts\.0 must be a line of text"):
        parse(f"tags:\n  t: &t\n    - &u [{'x, ' * 40} x]\n    - *u\n", "v")


def test_a_missing_file_and_one_without_tags(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read(tmp_path / "v.yaml")
    (tmp_path / "v.yaml").write_text("classes: {a: [b]}")
    with pytest.raises(WinnowError, match="no tags"):
        read(tmp_path / "v.yaml")


def test_saving_nothing_new_changes_no_byte() -> None:
    assert dump(parse(GOOD, "v"), GOOD) == GOOD


def test_an_edit_leaves_the_rest_as_people_wrote_it() -> None:
    tags = parse(GOOD, "v")
    moon = tags["moon"]
    assert isinstance(moon, Tag)
    edited = tags.put(replace(moon, settings=Settings(centre=1.5))).put(Tag("sun")).without("stars")
    edited = edited.without("dark")
    text = dump(edited, GOOD)
    assert parse(text, "v") == edited
    for kept in ("# the sky and", "# bright", "# ours", "# both", "label: The Moon"):
        assert kept in text
    assert "milky" not in text
    assert vocabularies.parse(text, "v") == vocabularies.parse(GOOD, "v")


def test_tags_survive_saving_classes() -> None:
    changed = Vocabulary.of({"day": ["noon"], "dusk": ["an evening"]})
    text = vocabularies.dump(changed, GOOD)
    assert parse(text, "v") == parse(GOOD, "v")
    assert vocabularies.parse(text, "v") == changed
    assert "# ours" in text
    only_tags = "tags: {a: x}  # mine\n"
    assert vocabularies.parse(only_tags, "v") == Vocabulary()
    assert "# mine" in vocabularies.dump(changed, only_tags)


codes = st.from_regex(r"\A[a-z][a-z0-9_-]{0,8}\Z").filter(
    lambda c: not c.endswith("_band") and c not in ("and", "or", "not", "id", "path", "code")
)
lines = st.text(max_size=30).map(clean)


def hundredths(low: int, high: int) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(low, high).map(lambda n: n / 100)


by_hand = st.builds(
    Settings,
    centre=hundredths(-500, 500),
    scale=hundredths(10, 500),
    accept=hundredths(60, 100),
    reject=hundredths(0, 40),
)
filled = st.lists(lines.filter(bool), max_size=3).map(tuple)
some_tags = st.lists(
    st.builds(
        Tag,
        code=codes,
        label=lines,
        description=lines,
        type=lines.filter(bool),
        prompts=filled,
        contrast=filled,
        settings=by_hand,
    ),
    max_size=4,
    unique_by=lambda tag: tag.code,
)


@settings(deadline=None, max_examples=50)
@given(some_tags, filled, some_tags)
def test_any_vocabulary_survives_the_file(
    first: list[Tag], templates: tuple[str, ...], second: list[Tag]
) -> None:
    before = Tags(tuple(first), templates=templates)
    after = Tags(tuple(second), (Derived("d--", second[0].code),) if second else ())
    try:
        checked(before, "v"), checked(after, "v")
    except WinnowError as error:
        assert "column" in str(error)  # a code that the table uses
        return
    assert checked(before, "v") == before
    assert parse(dump(after, dump(before)), "v") == after


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200) | st.text(alphabet="tagsderiv:{}[]-&*!|>? \n\tab0'\"#", max_size=80))
def test_no_text_does_more_than_a_clear_error(text: str) -> None:
    for given_text in (text, f"tags:\n  {text}", f"tags: {{a: x}}\nderived: {{b: {text}}}"):
        try:
            parse(given_text, "f")
        except WinnowError as error:
            assert "\n" not in str(error).strip()


def test_the_version_follows_what_matters() -> None:
    tags = parse(GOOD, "v")
    assert parse(GOOD.replace("# ours", ""), "v").version == tags.version
    assert parse(GOOD.replace("the planet Earth", "Earth"), "v").version != tags.version
