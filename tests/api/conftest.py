"""Servers of model files, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api.serving import Running, coloured, model_of, running

from core.project.project import Project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a workspace of pictures, and their files in ``pictures``."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def project(folder: Path) -> Project:
    """A workspace of 45 pictures in three colours."""
    return coloured(folder)


@pytest.fixture(scope="module")
def file(project: Project, folder: Path) -> Path:
    """Its model file."""
    return model_of(project, folder / "colours.winnow")


@pytest.fixture(scope="module")
def pictures(folder: Path, project: Project) -> list[tuple[str, bytes]]:
    """Name and bytes of the workspace's pictures."""
    return [(p.name, p.read_bytes()) for p in sorted((folder / "pictures").glob("*.jpg"))]


@pytest.fixture(scope="module")
def served(file: Path, project: Project) -> Iterator[Running]:
    """A server of that file, which takes feedback."""
    with running([file], project=project) as one:
        yield one
