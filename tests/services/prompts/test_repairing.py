"""A vocabulary file that an older version made unusable: repaired without what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.prompts.repairing import last_version, repair_of


@pytest.fixture
def file(tmp_path: Path) -> VocabularyFile:
    return VocabularyFile(tmp_path / "vocabulary.yaml", tmp_path / "history.jsonl")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("n" * 300 + ": [x]", "has 300 characters, at most 200 fit"),
        ('"\\u200b": [x]', "shows nothing"),
        ('"a\\u200b": [x]', "reads the same as 'a'"),
        ("c: [[x]]", "has prompts that are no lines of text"),
        ("? [x]\n  : [y]", "is no line of text"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_all_else_stays(
    file: VocabularyFile, entry: str, reason: str
) -> None:
    file.path.write_text(f"# ours\nclasses:\n  a: [x]\n  {entry}\n  b: [007]\ntags: {{moon: x}}\n")
    with pytest.raises(WinnowError):
        file.classes()
    repair = repair_of(file)
    assert repair is not None and len(repair.left_out) == 1 and reason in repair.left_out[0]
    file.save_text(repair.text)
    assert file.classes().prompts() == {"a": ["x"], "b": ["007"]}
    assert file.tags().codes == ["moon"] and "# ours" in file.text()


def test_more_classes_than_fit_are_left_out(file: VocabularyFile) -> None:
    file.path.write_text("classes:\n" + "".join(f"  SKU {n}: [x]\n" for n in range(1_010)))
    repair = repair_of(file)
    assert repair is not None and len(repair.left_out) == 10
    file.save_text(repair.text)
    assert len(file.classes().names) == 1_000


def test_what_no_entry_is_to_blame_for_goes_back_to_the_last_version(file: VocabularyFile) -> None:
    assert last_version(file) is None
    classes = Vocabulary.of({"a": ["x"], "b": ["y"]})
    file.save_classes(classes)
    for broken in ("classes: [", "classes: 5\n", "other: {}\n"):
        file.path.write_text(broken)
        with pytest.raises(WinnowError):
            file.classes()
        assert repair_of(file) is None
        version = last_version(file)
        assert version is not None
        file.path.write_bytes(version.text.encode())
        assert file.classes() == classes
    file.path.write_bytes(b"\xff\xfe\x00")
    assert repair_of(file) is None and last_version(file) is not None


def test_a_file_that_can_be_used_needs_no_repair(file: VocabularyFile) -> None:
    file.save_classes(Vocabulary.of({"a": ["x"]}))
    assert repair_of(file) is None
