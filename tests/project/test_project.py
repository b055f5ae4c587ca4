"""The project: one workspace, opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary

WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture
def truth(tmp_path: Path) -> dict[str, str]:
    return write_pictures(tmp_path / "images", 45)


@pytest.fixture
def project(tmp_path: Path, truth: dict[str, str]) -> Project:
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder)


def test_files_are_found_by_id_only(project: Project, tmp_path: Path) -> None:
    pool = project.pool()
    assert project.file_of(pool.ids[3]) == tmp_path / "images" / pool.paths[3]
    assert project.file_of("../../etc/passwd") is None
