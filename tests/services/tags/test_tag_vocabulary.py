"""The vocabulary file as text: kept as it was typed, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.store.labels.tags import TagEvent
from core.store.workspace import open_workspace

TEXT = "# mine\nclasses:\n  a: [an a]\n  b: [a b]\ntags:\n  moon: the moon  # full\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "images").mkdir()
    return Project(open_workspace(tmp_path / "images", tmp_path / "workspace"))


def test_text_is_kept_to_the_byte_and_its_classes_get_a_version(project: Project) -> None:
    tagging = project.tagging()
    tagging.save_text(TEXT)
    assert tagging.text() == TEXT
    assert project.vocabulary().names == ["a", "b"]
    assert [v.vocabulary.names for v in project.vocabulary_versions()] == [["a", "b"]]
    tagging.save_text(TEXT.replace("the moon", "a moon"))
    assert len(project.vocabulary_versions()) == 1  # the classes are the same
    assert tagging.tags().tags[0].description == "a moon"


@pytest.mark.parametrize(
    "wrong",
    ["tags: [", "tags: {moon: {size: 3}}", "classes: 3", "derived: {x: moon &}", "other: 1"],
)
def test_text_that_is_not_valid_changes_nothing(project: Project, wrong: str) -> None:
    tagging = project.tagging()
    tagging.save_text(TEXT)
    with pytest.raises(WinnowError):
        tagging.save_text(wrong)
    assert tagging.text() == TEXT


def test_a_broken_file_can_be_corrected(project: Project) -> None:
    project.workspace.vocabulary.write_text("tags: [", "utf-8")
    with pytest.raises(WinnowError):
        project.tagging().tags()
    project.tagging().save_text(TEXT)
    assert project.tagging().tags().codes == ["moon"]


def test_answers_follow_a_new_code_and_the_old_ones_stay(project: Project) -> None:
    tagging = project.tagging()
    tagging.save_text(TEXT + "derived: {night: moon}\n")
    tagging.labels.add([TagEvent("1" * 32, "moon", True)], "ann", "test")
    tags = tagging.rename("moon", "luna", "ann")
    assert tags["night"].rule == "luna"
    assert "# mine" in tagging.text()
    assert tagging.labels.current() == {"moon": {"1" * 32: True}, "luna": {"1" * 32: True}}
    with pytest.raises(WinnowError, match="no code"):
        tagging.rename("luna", "a b", "ann")
    assert tagging.tags().codes == ["luna", "night"]
