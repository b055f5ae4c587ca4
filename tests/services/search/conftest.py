"""What the tests of searches share."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Red, green and blue pictures, embedded by their colours."""
    folder = tmp_path / "pictures"
    truth = write_pictures(folder, 30)
    encoder = ColourEncoder()
    project = Project.open(folder, tmp_path / "ws").use(encoder)
    embed(project.workspace, encoder)
    return project, truth
