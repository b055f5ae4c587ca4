"""The vocabulary file as text: kept as it was typed, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.tags.tagging import rename_tag
from core.store.labels.base import TagEvent
from core.store.workspace import open_workspace

TEXT = "# mine\nclasses:\n  a: [an a]\n  b: [a b]\ntags:\n  moon: the moon  # full\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "images").mkdir()
    return Project(open_workspace(tmp_path / "images", tmp_path / "workspace"))


def test_text_is_kept_to_the_byte_and_its_classes_get_a_version(project: Project) -> None:
    file = project.vocabulary_file
    file.save_text(TEXT)
    assert file.text() == TEXT
    assert file.classes().names == ["a", "b"]
    assert [v.vocabulary.names for v in file.versions()] == [["a", "b"]]
    file.save_text(TEXT.replace("the moon", "a moon"))
    assert len(file.versions()) == 1  # the classes are the same
    assert file.tags().tags[0].description == "a moon"


@pytest.mark.parametrize(
    "wrong",
    ["tags: [", "tags: {moon: {size: 3}}", "classes: 3", "derived: {x: moon &}", "other: 1"],
)
def test_text_that_is_not_valid_changes_nothing(project: Project, wrong: str) -> None:
    file = project.vocabulary_file
    file.save_text(TEXT)
    with pytest.raises(WinnowError):
        file.save_text(wrong)
    assert file.text() == TEXT


def test_a_broken_file_can_be_corrected(project: Project) -> None:
    project.workspace.vocabulary.write_text("tags: [", "utf-8")
    with pytest.raises(WinnowError):
        project.vocabulary_file.tags()
    project.vocabulary_file.save_text(TEXT)
    assert project.vocabulary_file.tags().codes == ["moon"]


def test_answers_follow_a_new_code_and_the_old_ones_stay(project: Project) -> None:
    file = project.vocabulary_file
    file.save_text(TEXT + "derived: {night: moon}\n")
    project.tag_labels.add([TagEvent("1" * 32, "moon", True)], "ann", "test")
    tags = rename_tag(file, project.tag_labels, "moon", "luna", "ann")
    assert tags["night"].rule == "luna"
    assert "# mine" in file.text()
    assert project.tag_labels.current() == {"moon": {"1" * 32: True}, "luna": {"1" * 32: True}}
    with pytest.raises(WinnowError, match="no code"):
        rename_tag(file, project.tag_labels, "luna", "a b", "ann")
    assert file.tags().codes == ["luna", "night"]
