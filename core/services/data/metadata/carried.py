"""Columns that people brought, as columns of an export's tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import polars as pl

from core.export.options import CellKind
from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.metadata.columns import series
from core.store.metadata.merging import spelled

ALL, NONE = "all", "none"
"""What asks for all columns, and for none of them, instead of names."""
Columns = tuple[tuple[str, CellKind], ...]


def columns(snapshot: Snapshot, wanted: Sequence[str] = (ALL,)) -> Columns:
    """The columns of an export with what their cells are, each once.

    Args:
        wanted: names of columns, or "all" or "none".

    Raises:
        WinnowError: there is no such column, or the files that keep them are damaged.
    """
    table = snapshot.metadata
    names: list[str] = []
    for name in wanted:
        if name in table or spelled(table, name) in table:
            names.append(spelled(table, name))
        elif name == ALL:
            names += table.names
        elif name != NONE:
            listed = ", ".join(map(shown, table.names[:20]))
            raise WinnowError(
                f"The collection has no column named {shown(name)} that an export could carry: it "
                f"has {listed or 'none'}."
            )
    return tuple((name, _kind(table.cells[name])) for name in dict.fromkeys(names))


def cells(snapshot: Snapshot, wanted: Columns) -> Iterator[tuple[str | int | float | None, ...]]:
    """The cells of each image by row of the pool; dates are text, as ISO 8601.

    Raises:
        WinnowError: a column is gone.
    """
    if not wanted:
        return iter([()] * len(snapshot.pool))
    if lacks := missing(snapshot, wanted):
        raise WinnowError(
            f"The collection has no column {shown(lacks[0])} any more: choose again which columns "
            "the export carries."
        )
    return zip(*(_cells(series(snapshot, name)) for name, _ in wanted), strict=True)


def missing(snapshot: Snapshot, wanted: Columns) -> list[str]:
    """Names of those columns that the collection does not have."""
    return [name for name, _ in wanted if name not in snapshot.metadata]


def version(snapshot: Snapshot, wanted: Columns) -> Hashable:
    """Differs whenever the cells of these columns may; None without any."""
    return snapshot.metadata.version if wanted else None


def _kind(column: pl.Series) -> CellKind:
    if column.dtype.is_integer():
        return "whole"
    return "number" if column.dtype.is_float() else "text"


def _cells(column: pl.Series) -> list[str | int | float | None]:
    if not column.dtype.is_temporal():
        return column.to_list()
    # Polars writes fractions of a second that nobody brought.
    return column.cast(pl.String).str.replace(r"\.0+$", "").to_list()
