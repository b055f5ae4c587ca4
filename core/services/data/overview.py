"""What is in a folder: what the catalog knows of it, and what a scan finds new in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from posixpath import splitext

import polars as pl

from core.embedding.counting import counted as counted_changes
from core.embedding.pending import Counts
from core.images.folders.left_out import LeftOut
from core.project.columns import Texts
from core.project.pool import MANY
from core.runtime.files import mark_of
from core.runtime.progress import Report
from core.services.data.folders import counted
from core.store.catalog import read_catalog
from core.store.workspace import Workspace

PROBLEMS = 200  # that are listed


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
    try:
        mark = mark_of(workspace.catalog)
    except OSError:  # nothing was read yet, or it cannot be
        mark = ()
    return _overview(workspace.catalog, mark)


@lru_cache(maxsize=4)
def _overview(path: Path, mark: tuple[int, ...]) -> Overview:
    """The summary of a catalog with this ``mark_of``: the Data page shows it all the time."""
    catalog = read_catalog(path)
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


@dataclass(frozen=True)
class FolderState:
    """A folder as it is now, against what is embedded.

    Attributes:
        files, bytes_total: image files by their names, and their size.
        suffixes: number of files of each suffix, most common first.
        counts: what embedding would do with them.
        archives: paths of the ZIP and TAR files in it, which are not looked into.
        left_out: what the scan passed over and why, with examples; links that lead out.
        problems: (path, why) of folders and files that it could not use, the first of them.
        paths: (files,) of the image files, relative, sorted.
    """

    files: int
    bytes_total: int
    suffixes: dict[str, int]
    counts: Counts
    archives: list[str]
    left_out: LeftOut = field(default_factory=LeftOut)
    problems: list[tuple[str, str]] = field(default_factory=list)
    paths: Sequence[str] = ()

    @cached_property
    def folders(self) -> dict[str, int]:
        """Folder → images in it, see `core.services.data.folders.counted`. Read-only."""
        return counted(self.paths)

    @property
    def to_read(self) -> int:
        """Files that embedding would have to look at: new, changed or not readable before."""
        return self.counts.to_read

    @property
    def unreadable(self) -> int:
        """Folders and files that the scan itself could not use."""
        return self.counts.problems

    @property
    def ignored(self) -> int:
        """Files that are no images by their names."""
        return self.counts.ignored


def folder_state(workspace: Workspace, report: Report) -> FolderState:
    """Scan the image folder without reading any image."""
    identity = workspace.encoder.identity if workspace.encoder else None
    seen, counts = counted_changes(workspace, identity, report)
    files = seen.files
    suffixes = Counter(splitext(file.path)[1].lower().lstrip(".") for file in files)
    return FolderState(
        files=len(files),
        bytes_total=sum(file.size for file in files),
        suffixes=dict(suffixes.most_common()),
        counts=counts,
        archives=seen.archives,
        left_out=seen.left_out,
        problems=seen.problems[:PROBLEMS],
        paths=_held([file.path for file in files]),
    )


def _held(paths: list[str]) -> Sequence[str]:
    """Paths that stay in memory: of very many as a column."""
    return Texts(pl.Series("path", paths)) if len(paths) > MANY else paths
