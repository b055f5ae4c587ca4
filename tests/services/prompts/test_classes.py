"""Classes and what hangs on them: labels follow a new name, files are taken up once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.prompts.classes import add_classes, use_folder_vocabulary
from core.services.prompts.restructuring import rename_class
from core.store.labels.base import Event

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "images").mkdir()
    return Project.open(tmp_path / "images", tmp_path / "workspace")


def test_renaming_a_class_takes_its_labels_along(project: Project) -> None:
    file, labels = project.vocabulary_file, project.labels
    file.save_classes(WORDS)
    labels.add([Event("1" * 32, "red")], "ann", "test")
    assert rename_class(file, labels, "red", " scarlet ", "ann") == file.classes()
    assert project.classes().names == ["scarlet", "green", "blue"]
    assert list(labels.classes().values()) == ["scarlet"]
    with pytest.raises(WinnowError, match="twice"):
        rename_class(file, labels, "green", "blue", "ann")
    assert project.classes().names == ["scarlet", "green", "blue"]
    assert list(labels.classes().values()) == ["scarlet"]


def test_the_folders_own_prompts_are_taken_up_once(project: Project) -> None:
    workspace, file = project.workspace, project.vocabulary_file
    assert not use_folder_vocabulary(workspace, file)
    (workspace.images / "prompts.yaml").write_text("classes:\n  a: [x]\n  b: [y]\n")
    assert use_folder_vocabulary(workspace, file)
    assert project.classes().names == ["a", "b"]
    file.save_classes(WORDS)
    assert not use_folder_vocabulary(workspace, file)
    assert project.classes() == WORDS


def test_only_classes_that_are_missing_are_added(project: Project) -> None:
    file = project.vocabulary_file
    file.save_classes(WORDS)
    assert add_classes(file, [" purple  haze", "Red", "", "purple haze"]) == ["purple haze"]
    assert file.classes().names == ["red", "green", "blue", "purple haze"]
    assert file.classes().prompts()["purple haze"][0] == "a photo of a purple haze"
    versions = len(file.versions())
    assert add_classes(file, ["BLUE"]) == []
    assert len(file.versions()) == versions
