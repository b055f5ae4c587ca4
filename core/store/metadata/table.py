"""Columns of images that people brought along, by image id: what pages and models read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

import polars as pl

Kind = Literal["text", "number", "date", "category"]
"""What a column holds: sentences and names, numbers, moments, or one of a few values."""

KINDS: tuple[Kind, ...] = ("text", "number", "date", "category")


@dataclass(frozen=True, eq=False)
class MetadataTable:
    """Columns by image id at one moment. Read-only.

    Attributes:
        names: of the columns, in the order in which they came.
        kinds: name → what it holds.
        version: differs whenever names, kinds or cells do; hashable.
        ids: (R,) the images that have a row.
        cells: name → (R,) its cells: String for texts and categories, Int64 or Float64 for
            numbers, Date or Datetime for dates; null where there is none. What a column of Polars
            is called itself does not matter.
    """

    names: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    version: str = ""
    ids: Sequence[str] = ()
    cells: Mapping[str, pl.Series] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many images have a row."""
        return len(self.ids)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a column."""
        return name in self.cells

    def column(self, name: str, ids: Sequence[str]) -> list[object | None]:
        """The cells of some images: str, int, float, date or datetime; None where there is none.

        Raises:
            KeyError: there is no such column.
        """
        return self.series(name, ids).to_list()

    def texts(self, name: str, ids: Sequence[str]) -> list[str]:
        """The cells of some images as people would write them, "" where there is none.

        Raises:
            KeyError: there is no such column.
        """
        return [as_text(value) for value in self.column(name, ids)]

    def series(self, name: str, ids: Sequence[str]) -> pl.Series:
        """The cells (n,) of some images, of the type in ``cells``.

        Raises:
            KeyError: there is no such column.
        """
        cells, rows = self.cells[name], self._rows
        places = pl.Series([rows.get(image_id) for image_id in ids], dtype=pl.UInt32)
        return cells.gather(places)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {image_id: row for row, image_id in enumerate(self.ids)}


EMPTY = MetadataTable()
"""What a workspace has before anything was brought."""


def as_text(value: object) -> str:
    """A cell as people would write it; whole numbers without a point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
