"""Tables of what people know of images beside their classes: a path, then any columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, same
from core.store.parquet import column_names, is_parquet, text_columns
from core.store.table_rows import (
    AGAIN,
    NAMES,
    Header,
    Rejected,
    header_of,
    in_words,
    key_of,
    records_of,
)
from core.store.table_text import read_table

MOST_FIELDS, MOST_NAME, MOST_VALUE = 200, 100, 2_000
"""Columns of a table, characters of a column's name and of a cell."""
CONTRADICTS = "other values in another row"
TOO_LONG = "a value is too long"


@dataclass(frozen=True)
class FieldTable:
    """Relative path → field → value; empty cells are left out.

    Attributes:
        columns: the fields, in the order of the file.
        lines: path → line of its row.
        rejected: rows that do not count, in the order of the file.
        note: which encoding was taken, when that was not clear; else "".
    """

    columns: list[str]
    rows: dict[str, dict[str, str]]
    lines: dict[str, int]
    rejected: tuple[Rejected, ...] = ()
    note: str = ""


def read_fields(path: Path) -> FieldTable:
    """Read a table, CSV or Parquet, whose column for paths has one of its usual names.

    Rows without a path, and those that say two things of one path, do not count and are listed.

    Raises:
        WinnowError: the file is missing, is no table, has no column for paths or no other, has too
            many or two of one name, or no row of it counts.
    """
    rejected: list[Rejected] = []
    if is_parquet(path):
        names = column_names(path)
        place, note = _place(path, names), ""
        fields = _fields(path, names, place)
        wanted = [names[number] for number in range(len(names)) if number != place]
        lines = enumerate(text_columns(path, [names[place], *wanted]), 1)
        rows: Iterable[tuple[int, str, Sequence[str]]] = ((n, row[0], row[1:]) for n, row in lines)
    else:
        table = read_table(path, "path,FIELD")
        header, note = header_of(path, table.text, "path"), table.note
        fields = _fields(path, header.cells, header.path)
        rows = _of_text(path, header, rejected)
    by_path = _by_path(rows, fields, rejected)
    agreed, at = _agreed(by_path, rejected)
    rejected.sort(key=lambda row: row.line)
    if not agreed:
        raise WinnowError(
            f"{path} holds no row that counts ({in_words(rejected) or 'it has none'}): add some."
        )
    return FieldTable(fields, agreed, at, tuple(rejected), note)


def _place(path: Path, names: Sequence[str]) -> int:
    keys = [key_of(name) for name in names]
    for name in NAMES["path"]:
        if name in keys:
            return keys.index(name)
    listed = ", ".join(shown(name) for name in names[:20]) or "none"
    raise WinnowError(f"{path} has no column named path: it has {listed}.")


def _fields(path: Path, cells: Sequence[str], place: int) -> list[str]:
    """Names of the fields, without the column of paths."""
    names = [clean(cell) for number, cell in enumerate(cells) if number != place]
    if not names:
        raise WinnowError(f"{path} has no column beside that of paths: add one for each field.")
    if len(names) > MOST_FIELDS or any(len(name) > MOST_NAME for name in names):
        raise WinnowError(
            f"{path} has more than {MOST_FIELDS} columns, or a name of more than {MOST_NAME} "
            "characters: leave out what is no field."
        )
    if not all(names) or len({same(name) for name in names}) < len(names):
        raise WinnowError(f"{path} has a column without a name, or two of one name: correct it.")
    return names


def _of_text(
    path: Path, header: Header, rejected: list[Rejected]
) -> Iterator[tuple[int, str, Sequence[str]]]:
    for line, cells in records_of(path, header):
        if not any(cell.strip() for cell in cells):
            continue
        row = header.row(line, cells)
        if isinstance(row, Rejected):
            rejected.append(row)
            continue
        full = [*cells, *[""] * (len(header.cells) - len(cells))][: len(header.cells)]
        yield line, row[1], [*full[: header.path], *full[header.path + 1 :]]


def _by_path(
    rows: Iterable[tuple[int, str, Sequence[str]]], fields: list[str], rejected: list[Rejected]
) -> dict[str, list[tuple[int, dict[str, str]]]]:
    by_path: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, place, cells in rows:
        values = {name: text for name, cell in zip(fields, cells, strict=True)
                  if (text := clean(cell))}  # fmt: skip
        if not place.strip():
            rejected.append(Rejected(line, place, "", "no path"))
        elif any(len(value) > MOST_VALUE for value in values.values()):
            rejected.append(Rejected(line, place, "", TOO_LONG))
        else:
            by_path.setdefault(place, []).append((line, values))
    return by_path


def _agreed(
    by_path: dict[str, list[tuple[int, dict[str, str]]]], rejected: list[Rejected]
) -> tuple[dict[str, dict[str, str]], dict[str, int]]:
    """What is said once of each path."""
    agreed, at = {}, {}
    for place, rows in by_path.items():
        first = rows[0][1]
        if any(values != first for _, values in rows):
            lines = [line for line, _ in rows]
            for line, values in rows:
                other = next(n for n in lines if n != line)
                text = ", ".join(values.values())
                rejected.append(Rejected(line, place, text, CONTRADICTS, f"see line {other}"))
            continue
        agreed[place], at[place] = first, rows[0][0]
        rejected += [Rejected(line, place, "", AGAIN) for line, _ in rows[1:]]
    return agreed, at
