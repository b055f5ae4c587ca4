"""The header of a table whose columns may be called anything."""

from __future__ import annotations

import re

from core.store.table_rows import Header, cells_of, columns_named, first_line


def any_header(text: str) -> Header:
    """The first line of a table that is neither blank nor a comment, as its header.

    Where the separator is not clear, the one counts that shows a column for paths, or most cells.
    """
    first, before, rest, separators = first_line(text, "path")
    readings = [(cells_of(first, separator), separator) for separator in separators]
    cells, separator = max(readings, key=lambda each: (bool(path_columns(each[0])), len(each[0])))
    spaced = re.search(rf'{re.escape(separator)} +"[^"\r\n]*"', text) is not None
    return Header(rest, before, separator, spaced, cells, 0, 0, "")


def path_columns(cells: list[str]) -> list[int]:
    """The columns for paths by their usual names, of the best name that is there."""
    return columns_named(cells, "path")
