"""Images that come with words, for tests: columns as an import would leave them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from core.project.project import Project
from core.store.metadata.table import Kind, MetadataTable
from core.store.metadata.versions import save_metadata


def describe(
    project: Project,
    columns: Mapping[str, Mapping[str, str]],
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Give a collection columns: name → relative path → cell. They are texts by default."""
    pool = project.pool()
    cells = {
        name: pl.Series([of.get(path) or None for path in pool.paths], dtype=pl.String)
        for name, of in columns.items()
    }
    all_kinds: dict[str, Kind] = {name: (kinds or {}).get(name, "text") for name in columns}
    table = MetadataTable(tuple(columns), all_kinds, "", pool.ids, cells)
    save_metadata(project.workspace.root, table, "test", list(columns))
