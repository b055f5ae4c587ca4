"""A collection of coloured pictures whose titles name the colour, some of them without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.store.metadata.table import MetadataTable

CLASSES = Vocabulary.of({"red": ["red"], "green": ["green"], "blue": ["blue"]})
Described = Callable[..., Snapshot]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    folder = tmp_path_factory.mktemp("try")
    truth = write_pictures(folder / "images", 90)
    project = Project.open(folder / "images", folder / "workspace")
    encoder = ColourEncoder()
    embed(project.workspace, encoder)
    return project.use(encoder), truth


@pytest.fixture
def described(opened: tuple[Project, dict[str, str]]) -> Described:
    """A snapshot with so many labels, whose words count or not; every third image says nothing."""
    project, truth = opened

    def make(labels: int = 0, words: str = "{title}", classes: Vocabulary = CLASSES) -> Snapshot:
        snapshot = project.snapshot(classes)
        paths, ids = snapshot.pool.paths, snapshot.pool.ids
        cells = [truth[path] if number % 5 else None for number, path in enumerate(paths)]
        table = MetadataTable(
            ("title",), {"title": "text"}, "1", ids, {"title": pl.Series(cells, dtype=pl.String)}
        )
        given = {ids[row]: truth[paths[row]] for row in range(labels)}
        own = replace(snapshot, read_metadata=lambda: table, words=words)
        return own.with_labels(given)

    return make


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A red picture that is not of the collection."""
    write_pictures(tmp_path / "more", 1, seed=7)
    return tmp_path / "more/p0000.jpg"
