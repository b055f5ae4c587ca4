"""Columns that come to those that are there: cells of the images that are named are replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.store.metadata.brought import MOST_COLUMNS
from core.store.metadata.kinds import typed
from core.store.metadata.table import Kind, MetadataTable, as_text


def spelled(present: MetadataTable, name: str) -> str:
    """The column that a name means: that of the table which people read as the same, else a new."""
    return next((other for other in present.names if same(other) == same(name)), name)


def merged(
    present: MetadataTable,
    ids: Sequence[str],
    cells: Mapping[str, pl.Series],
    kinds: Mapping[str, Kind],
) -> MetadataTable:
    """The columns of both.

    A column that is there already takes the cells of the images that are named, empty ones too;
    those of other images stay. Where both are not of one kind, it is found anew.

    Args:
        ids: (R,) image ids, each once.
        cells: name → (R,) cells as `core.store.metadata.kinds.typed` gives them.

    Raises:
        WinnowError: together there are more columns than a workspace keeps.
    """
    before = set(present.ids)
    everyone = [*present.ids, *(image_id for image_id in ids if image_id not in before)]
    new = MetadataTable(tuple(cells), kinds, "", ids, cells)
    columns = {name: present.series(name, everyone) for name in present.names}
    result: dict[str, Kind] = dict(present.kinds)
    replaced = pl.Series(everyone, dtype=pl.String).is_in(list(ids))
    for name in new.names:
        column, place = new.series(name, everyone), spelled(present, name)
        kind = kinds[name]
        if place in columns:
            kind, column = _joined(columns[place], result[place], column, kind, replaced)
        columns[place], result[place] = column, kind
    if len(columns) > MOST_COLUMNS:
        raise WinnowError(
            f"With these the collection would have {len(columns):,} columns, more than "
            f"{MOST_COLUMNS}: choose those that you need."
        )
    return MetadataTable(tuple(columns), result, "", everyone, columns)


def _joined(
    old: pl.Series, old_kind: Kind, new: pl.Series, kind: Kind, replaced: pl.Series
) -> tuple[Kind, pl.Series]:
    if replaced.all():
        return kind, new
    if old.dtype == new.dtype and old_kind == kind != "category":
        return kind, old.zip_with(~replaced, new)
    texts = (
        pl.Series([as_text(cell) for cell in column.to_list()], dtype=pl.String)
        for column in (old, new)
    )
    first, second = texts
    return typed(first.zip_with(~replaced, second))
