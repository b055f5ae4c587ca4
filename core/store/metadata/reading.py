"""Tables of any columns, read from the kinds of files that people have: text, Parquet, JSON, Excel.

Which kind a file is, is told from how it begins; what is wrong is one sentence. A row that cannot
be read never stops the others, and never disappears.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.store.metadata.brought import Brought, Row, and_nul, gathered, names_of
from core.store.metadata.headers import any_header, path_columns
from core.store.metadata.json_tables import JSON_SUFFIXES, read_json
from core.store.metadata.workbooks import is_workbook, read_workbook
from core.store.parquet import column_names, is_parquet, readable_columns, text_columns
from core.store.table_rows import (
    HEADER,
    MORE_CELLS,
    Header,
    Rejected,
    bare,
    records_of,
)
from core.store.table_text import read_table

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", *JSON_SUFFIXES, ".xlsx")
"""What files of tables are called, small letters."""


def read_brought(path: Path, only: Sequence[str] = ()) -> Brought:
    """Read a table: CSV with any of four separators, Parquet, JSON Lines or an Excel workbook.

    Args:
        only: names of the columns that are wanted; all where empty.

    Raises:
        WinnowError: there is no such file, it is no table or too large, it has too many columns or
            two of one name, lacks a column of ``only``, or has no row below its header.
    """
    if is_parquet(path):
        return _of_parquet(path, only)
    if is_workbook(path):
        return read_workbook(path, only)
    if path.suffix.lower() in JSON_SUFFIXES:
        return read_json(path, only)
    return _of_text(path, only)


def _of_parquet(path: Path, only: Sequence[str]) -> Brought:
    columns = readable_columns(path)
    names = names_of(str(path), columns, only)
    wanted = [column for column, name in zip(columns, names, strict=True) if name]
    rows = enumerate(text_columns(path, wanted, every=True), 1)
    pictures = [name for name in column_names(path) if name not in columns]
    note = f"left out are columns of bytes: {', '.join(map(shown, pictures))}" if pictures else ""
    return gathered(str(path), [name for name in names if name], rows, note)


def _of_text(path: Path, only: Sequence[str]) -> Brought:
    table = read_table(path, "path,title")
    text, note = table.text, table.note
    if zeros := text.count("\0"):
        text, note = text.replace("\0", ""), and_nul(note, zeros)
    header = any_header(text)
    if not any(cell.strip() for cell in header.cells):
        raise WinnowError(f"{path} is empty: its first line must name the columns.")
    names = names_of(str(path), header.cells, only)
    rejected: list[Rejected] = []
    return gathered(str(path), names, _rows(path, header, rejected), note, rejected)


def _rows(path: Path, header: Header, rejected: list[Rejected]) -> Iterator[Row]:
    """The rows below a header; those that cannot be read are put into ``rejected``."""
    width, names = len(header.cells), [cell.strip() for cell in header.cells]
    place = next(iter(path_columns(header.cells)), 0)
    for line, cells in records_of(path, header):
        if not "".join(cells).strip():
            continue
        name = cells[place] if place < len(cells) else ""
        if any(map(str.strip, cells[width:])):
            more = f"cell {width + 1} is {cells[width][:60]!r}"
            rejected.append(Rejected(line, name, "", MORE_CELLS, more))
        elif cells[0].strip() == names[0] and [cell.strip() for cell in cells] == names:
            rejected.append(Rejected(line, name, "", HEADER))
        else:
            yield line, [bare(cell) if cell[:1] == "=" else cell for cell in cells]
