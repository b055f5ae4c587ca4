"""Groups of classes in a vocabulary file: read, written, kept through edits, refused."""

import random

import pytest

from core.prompts import history
from core.prompts.grouping import MOST_LEVELS
from core.prompts.vocabulary import Vocabulary, parse
from core.prompts.writing import dump
from core.runtime.errors import WinnowError

TEXT = """\
# what the shop sells
classes:
  fruit:
    prompts: [a piece of fruit]
    children:
      # sour ones too
      apple: [an apple]
      citrus:
        children:
          lemon: [a lemon]
          lime: [a lime]
  milk: [a carton of milk]
tags:
  - {code: blurry, prompts: [a blurry photo]}
"""


@pytest.fixture
def shop() -> Vocabulary:
    return parse(TEXT, "f")


def test_classes_are_one_list_and_know_their_groups(shop):
    assert shop.names == ["apple", "lemon", "lime", "milk"]
    assert shop.above == {"apple": "fruit", "lemon": "citrus", "lime": "citrus", "citrus": "fruit"}
    assert [name for name, _, _ in shop.groups] == ["fruit", "citrus"]


def test_prompts_of_a_group_speak_for_every_class_in_it(shop):
    assert shop.spoken()[1] == ("a lemon", "a piece of fruit")
    assert shop.spoken()[3] == ("a carton of milk",)


def test_a_file_is_written_as_it_was_with_its_comments(shop):
    again = dump(shop, TEXT)
    assert parse(again, "f") == shop
    assert "# sour ones too" in again and "# what the shop sells" in again and "blurry" in again
    assert dump(parse(again, "f"), again) == again
    assert parse(dump(shop), "f") == shop


def test_a_class_without_prompts_may_be_written_as_a_mapping():
    assert parse("classes:\n  a: {prompts: [an a]}\n  b: [a b]", "f") == Vocabulary.of(
        {"a": ["an a"], "b": ["a b"]}
    )


def test_other_classes_stay_in_their_groups_and_empty_groups_go(shop):
    left = shop.with_classes(one for one in shop.classes if one[0] not in ("lemon", "lime"))
    assert left.names == ["apple", "milk"] and [group[0] for group in left.groups] == ["fruit"]
    renamed = shop.with_classes(
        (("citron" if name == "lemon" else name, own) for name, own in shop.classes),
        {"citron": "lemon"},
    )
    assert renamed.above["citron"] == "citrus" and renamed.names[1] == "citron"
    flat = shop.with_classes([("milk", ("milk",))])
    assert flat == Vocabulary((("milk", ("milk",)),))


def test_classes_of_a_group_stand_together_whatever_the_order(shop):
    shuffled = list(shop.classes)
    random.Random(1).shuffle(shuffled)
    moved = shop.with_classes(shuffled)
    assert parse(dump(moved), "f") == moved
    assert sorted(moved.classes) == sorted(shop.classes)
    assert abs(moved.names.index("lemon") - moved.names.index("lime")) == 1


def test_versions_remember_groups(shop, tmp_path):
    history.append(tmp_path / "h.jsonl", shop)
    assert history.read(tmp_path / "h.jsonl")[0].vocabulary == shop


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("classes:\n  a: {children: {}}\n", "without classes"),
        ("classes:\n  a: {children: [b]}\n", "without classes"),
        ("classes:\n  a: {children: {b: [x]}, colour: red}\n", "'colour' in 'a'"),
        ("classes:\n  a: {children: {b: [x]}}\n  b: [y]\n", "'b' twice"),
        (
            "classes:\n  a: {children: {b: [x]}}\n  c: {children: {a: {children: {d: [y]}}}}",
            "twice",
        ),
        ("classes:\n  '': {children: {b: [x]}}\n", "short name"),
    ],
)
def test_groups_that_cannot_be_are_refused_in_one_sentence(text, words):
    with pytest.raises(WinnowError, match=words) as error:
        parse(text, "f.yaml")
    assert str(error.value).startswith("f.yaml: classes ") and "\n" not in str(error.value)


def test_a_group_is_not_called_like_a_class():
    shop = parse("classes:\n  Fruit: {children: {a: [x]}}\n  fruit: [y]\n", "f")
    assert "called" in (shop.problem() or "")


def test_nesting_has_an_end():
    text, indent = "classes:\n", "  "
    for level in range(MOST_LEVELS + 1):
        text += f"{indent}g{level}:\n{indent}  children:\n"
        indent += "    "
    with pytest.raises(WinnowError, match="levels"):
        parse(text + f"{indent}a: [x]\n{indent}b: [y]\n", "f")
