"""A snapshot's columns: none, those of the moment, read once until they change."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.store.metadata.table import EMPTY, MetadataTable
from core.store.metadata.versions import save_metadata, take_back


def test_columns_of_a_snapshot_are_of_its_moment(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", 3)
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    assert project.snapshot().metadata is EMPTY
    ids = project.pool().ids
    cells = {"price": pl.Series("price", [3, 1, 2])}
    table = MetadataTable(("price",), {"price": "number"}, "", ids, cells)
    save_metadata(project.workspace.root, table, "t.csv", ["price"])
    snapshot = project.snapshot()
    assert snapshot.metadata.column("price", ids[::-1]) == [2, 1, 3]
    assert project.snapshot().metadata is snapshot.metadata, "read once"
    take_back(project.workspace.root)
    assert project.snapshot().metadata is EMPTY
    assert snapshot.metadata.names == ("price",)
