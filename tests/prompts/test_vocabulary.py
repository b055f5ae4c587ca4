"""Prompts files: read strictly, written without losing what people put in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.prompts.templates import expand
from core.prompts.vocabulary import (
    Vocabulary,
    check_names,
    clean,
    from_names,
    parse,
    read,
)
from core.prompts.writing import dump
from core.runtime.errors import WinnowError
from core.runtime.spelling import MAX_NAME

GOOD = """\
# what the shop needs
classes:
  packaged: ["a product in packaging", "a boxed product"]
  # without a box
  unpackaged:
    - a product without packaging
"""


def test_a_good_file_is_read() -> None:
    vocabulary = parse(GOOD, "prompts.yaml")
    assert vocabulary.prompts() == {
        "packaged": ["a product in packaging", "a boxed product"],
        "unpackaged": ["a product without packaging"],
    }
    assert vocabulary.problem() is None


def test_what_yaml_takes_for_something_else_stays_what_was_typed() -> None:
    text = "classes:\n  1: one thing\n  no: [no, 7]\n  2.5: [x]\n"
    assert parse(text, "f").prompts() == {"1": ["one thing"], "no": ["no", "7"], "2.5": ["x"]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no 'classes'"),
        ("- a\n- b\n", "has no 'classes'"),
        ("classes: [a, b]\n", "list of names"),
        ("classes:\n  a: [x]\nextra: 1\n", "unknown key 'extra'"),
        ("classes:\n  a: [x\n", "line 3 is not valid YAML"),
        ("classes:\n  a: [[x]]\n", "should be a line of text"),
        ("classes:\n  a: {b: c}\n", "a class has .prompts."),
        ("classes:\n  ? [x]\n  : y\n", "f"),
        ("classes:\n  a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("classes:\n  a: [x]\n  a: [y]\n", "not valid YAML"),
        ("a: &a [*a]\n", "holds itself"),
        ("classes:\n  '': [x]\n", "without a name"),
        (f"classes:\n  {'n' * 300}: [x]\n", "300 characters"),
    ],
)
def test_bad_files_are_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WinnowError, match=sentence) as caught:
        parse(text, "f")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("classes:\n  a: []\n  b: [x]\n", "'a' has no prompts"),
        ("classes:\n  a:\n  b: [x]\n", "'a' has no prompts"),
        ("classes:\n  a: [x]\n", "only one class"),
        ("classes: {}\n", "no classes"),
        ("classes:\n  a: [x]\n  A: [y]\n", "twice"),
    ],
)
def test_unusable_vocabularies_are_said(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "prompts.yaml"
    path.write_text(text)
    with pytest.raises(WinnowError, match=sentence):
        read(path)


def test_missing_and_binary_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="does not exist"):
        read(tmp_path / "no.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WinnowError, match="UTF-8"):
        read(tmp_path / "b.yaml")
    with pytest.raises(WinnowError, match="cannot be read"):
        read(tmp_path)


def test_comments_survive_an_edit() -> None:
    edited = parse(GOOD, "f").prompts()
    edited["packaged"].append("a parcel")
    edited["other"] = ["something else"]
    text = dump(Vocabulary.of(edited), GOOD)
    assert "# what the shop needs" in text
    assert "# without a box" in text
    assert parse(text, "f").prompts() == edited


def test_order_follows_the_edit() -> None:
    edited = dict(reversed(parse(GOOD, "f").prompts().items()))
    assert list(parse(dump(Vocabulary.of(edited), GOOD), "f").prompts()) == list(edited)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'a '", "a"),
        ('"caf\\u00e9"', '"cafe\\u0301"'),
        ('"a\\u00a0b"', "a b"),
        ('"a\\u200bb"', "ab"),
        ('"so\\u00adft"', "soft"),
        ('"a\\nb"', "a b"),
    ],
)
def test_names_that_become_one_are_refused_and_both_are_named(one: str, other: str) -> None:
    with pytest.raises(WinnowError, match="one class without the signs that nobody sees") as caught:
        parse(f"classes:\n  {one}: [x]\n  {other}: [y]\n", "f")
    quoted = str(caught.value).split("holds ")[1].split(", which")[0].split(" and ")
    assert len(quoted) == 2 and quoted[0] != quoted[1]


def test_classes_that_people_read_as_one_are_not_usable_and_both_are_named() -> None:
    for one, other in (("Packaged", "packaged"), ("می\u200cخواهم", "میخواهم"), ("❤\ufe0f", "❤")):
        problem = Vocabulary.of({one: ["x"], other: ["y"]}).problem()
        assert problem is not None and "one name twice" in problem and " and " in problem
    assert Vocabulary.of({"t-shirt": ["x"], "t shirt": ["y"]}).problem() is None


def test_names_that_no_file_could_hold_are_refused_before_anything_is_written() -> None:
    check_names(["a", "b"], "It")
    with pytest.raises(WinnowError, match=r"It: 'nnn.* has 300 characters, at most 200 fit"):
        check_names(["n" * 300], "It")
    with pytest.raises(WinnowError, match="shows nothing"):
        check_names(["\u200b"], "It")
    with pytest.raises(WinnowError, match="1,001 classes, at most 1,000"):
        check_names([f"SKU {n}" for n in range(1_001)], "It")
    with pytest.raises(WinnowError, match="300 characters"):
        from_names(["n" * 300, "b"])


sentences = st.lists(st.text(alphabet="ab:#'\"-(?!é", min_size=1, max_size=9), max_size=40)
words = (
    (st.text(min_size=1, max_size=30) | sentences.map(" ".join))
    .map(clean)
    .map(lambda text: text[:MAX_NAME].strip())
    .filter(bool)
)


@given(st.dictionaries(words, st.lists(words, max_size=4), max_size=6))
@example({f"dress number {n} of many, {'photographed ' * n}on grey": [] for n in range(12)})
def test_any_vocabulary_survives_the_file(classes: dict[str, list[str]]) -> None:
    vocabulary = Vocabulary.of(classes)
    text = dump(vocabulary)
    assert parse(text, "f") == vocabulary
    assert parse(dump(vocabulary, text), "f") == vocabulary


@given(st.text(max_size=300))
def test_no_text_does_more_than_a_clear_error(text: str) -> None:
    try:
        parse(text, "f")
    except WinnowError as error:
        assert "\n" not in str(error).strip()


def test_bare_names_get_templates() -> None:
    vocabulary = from_names(["t-shirt", "long_sleeve"])
    assert vocabulary.prompts()["long_sleeve"] == list(expand("long_sleeve"))
    assert all("long sleeve" in prompt for prompt in expand("long_sleeve"))
    with pytest.raises(WinnowError, match="only one class"):
        from_names(["dress", "  "])
    with pytest.raises(WinnowError, match="twice"):
        from_names(["dress", "Dress"])
