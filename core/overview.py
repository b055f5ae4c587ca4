"""What is in a folder: counts by format and size, duplicates, problems, from the catalog."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.store.catalog import read_catalog
from core.store.workspace import Workspace


@dataclass(frozen=True)
class Overview:
    """The catalog in a few figures. ``duplicates`` counts files beyond the first of a content."""

    files: int
    usable: int
    rejected: int
    duplicates: int
    bytes_total: int
    formats: pl.DataFrame
    problems: pl.DataFrame
    notes: pl.DataFrame
    smallest_side: int | None
    median_side: int | None


def overview(workspace: Workspace) -> Overview:
    """Summarise the catalog of a workspace."""
    catalog = read_catalog(workspace.catalog)
    usable = catalog.filter(pl.col("problem").is_null())
    sides = usable.select(pl.min_horizontal("width", "height").alias("side"))["side"].drop_nulls()
    median = sides.median()
    return Overview(
        files=catalog.height,
        usable=usable.height,
        rejected=catalog.height - usable.height,
        duplicates=usable.height - usable["id"].n_unique(),
        bytes_total=int(usable["size"].sum()),
        formats=usable.group_by("format")
        .agg(pl.len().alias("images"))
        .sort("images", descending=True),
        problems=catalog.filter(pl.col("problem").is_not_null()).select("path", "problem", "size"),
        notes=usable.filter(pl.col("notes").is_not_null()).select("path", "notes"),
        smallest_side=int(str(sides.min())) if len(sides) else None,
        median_side=int(float(str(median))) if median is not None else None,
    )
