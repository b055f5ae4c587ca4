"""A class without prompts: ``none`` beside ``classes`` in the vocabulary file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.vocabulary_file import VocabularyFile
from core.prompts import history
from core.prompts.vocabulary import NONE_PROMPT, Vocabulary, parse
from core.prompts.writing import dump
from core.runtime.errors import WinnowError

CLASSES = {"dress": ["a dress"], "hat": ["a hat", "a cap"]}
TEXT = "# ours\nclasses:\n  dress: [a dress] # long ones\n  hat: [a hat, a cap]\n"
WITH = Vocabulary.of(CLASSES).with_none("none of these")


def test_it_is_read_and_written_beside_the_classes() -> None:
    read = parse(TEXT + "none: none of these\ntags:\n  moon: the moon\n", "prompts.yaml")
    assert read == WITH and read.none == "none of these"
    assert read.names == ["dress", "hat", "none of these"] and read.problem() is None
    written = dump(read, TEXT)
    assert "none: none of these" in written and NONE_PROMPT not in written
    assert "# ours" in written and "# long ones" in written
    assert parse(written, "again") == read


def test_people_see_no_prompts_of_it() -> None:
    assert WITH.shown() == CLASSES | {"none of these": []}
    assert Vocabulary.of(CLASSES).shown() == CLASSES == Vocabulary.of(CLASSES).prompts()


def test_without_it_all_is_as_before() -> None:
    plain = parse(TEXT, "prompts.yaml")
    assert plain == Vocabulary.of(CLASSES) and plain.none is None
    assert dump(plain, TEXT) == TEXT
    assert WITH.with_none(None) == plain
    assert "none" not in dump(plain, dump(WITH, TEXT))


def test_it_stands_last_and_in_no_group_whatever_is_added() -> None:
    more = WITH.with_classes([*WITH.classes, ("shoes", ("a shoe",))])
    assert more.names == ["dress", "hat", "shoes", "none of these"]
    renamed = WITH.with_none("other")
    assert renamed.names == ["dress", "hat", "other"]
    grouped = WITH.in_groups([("wear", [], "")], {"dress": "wear", "none of these": "wear"})
    assert grouped.above == {"dress": "wear"}
    assert parse(dump(grouped), "groups") == grouped


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("none: ''", "no name"),
        ("none: hat", "a class already"),
        ("none: [a, b]", "one name"),
        ("nothing: other", "'none'"),
    ],
)
def test_what_cannot_be_one_is_refused_in_a_sentence(line: str, said: str) -> None:
    with pytest.raises(WinnowError, match=said):
        parse(f"{TEXT}{line}\n", "prompts.yaml")


def test_two_classes_with_prompts_are_still_needed() -> None:
    alone = Vocabulary.of({"hat": ["a hat"]}).with_none("other")
    assert "only one class" in str(alone.problem())
    twice = Vocabulary((*WITH.classes, ("other", (NONE_PROMPT,))))
    assert "Two classes" in str(twice.problem())


def test_the_file_and_its_history_keep_it(tmp_path: Path) -> None:
    file = VocabularyFile(tmp_path / "vocabulary.yaml", tmp_path / "history.jsonl")
    file.path.write_text(TEXT)
    file.update_classes(lambda classes: classes.with_none("other"))
    file.update_classes(lambda c: c.with_classes([*c.classes, ("shoes", ("a shoe",))]))
    assert file.classes().names == ["dress", "hat", "shoes", "other"]
    assert file.tags().codes == []
    assert history.read(tmp_path / "history.jsonl")[-1].vocabulary == file.classes()
    file.update_classes(lambda classes: classes.with_none(None))
    assert "none" not in file.text() and "# long ones" in file.text()
