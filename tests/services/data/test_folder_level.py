"""The level whose folders name the classes: kept for each question, damaged files are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.data.folder_level import read_level, save_level
from core.store import questions


def test_each_question_has_its_own_level(project: Project) -> None:
    first = project.workspace
    other = first.asking(questions.add(first.root, "Groups").slug)
    assert read_level(first) is None and read_level(other) is None
    save_level(other, 2)
    assert read_level(first) is None and read_level(other) == 2
    save_level(first, 4)
    save_level(other, None)
    assert read_level(first) == 4 and read_level(other) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"level": "2"}', '{"level": true}', '{"level": 0}'])
def test_a_damaged_file_is_said(project: Project, text: str) -> None:
    path: Path = project.workspace.home / "folders.json"
    path.write_text(text)
    with pytest.raises(WinnowError, match="choose the level"):
        read_level(project.workspace)
    save_level(project.workspace, 3)
    assert read_level(project.workspace) == 3
