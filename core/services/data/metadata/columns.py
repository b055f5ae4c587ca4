"""Columns that people brought, as columns of tables that have others: filters, SQL, exports."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from core.project.snapshot import Snapshot
from core.store.spreadsheets import own_columns

SUFFIX = "_metadata"
"""Put behind the name of a column that a table has one of its own of."""


def beside(snapshot: Snapshot, taken: Iterable[str]) -> dict[str, str]:
    """Column of the table → name of the column that people brought, in their order.

    Args:
        taken: columns that the table has of its own; small letters and capitals are one.
    """
    names = snapshot.metadata.names
    return dict(zip(own_columns(names, taken, SUFFIX), names, strict=True))


def series(snapshot: Snapshot, name: str) -> pl.Series:
    """The cells (N,) of a column by row of the pool, null where there is none; kept for a while."""
    table, pool = snapshot.metadata, snapshot.pool
    key = (table.version, pool.version, name)
    return snapshot.share("metadata-column", key, lambda: table.series(name, pool.ids), keep=32)
