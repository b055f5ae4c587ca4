"""A table that somebody brought, with columns of any names: what every reader makes of its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean, same
from core.store.table_rows import NAMES, Rejected, key_of

MOST_COLUMNS, MOST_NAME = 500, 100
"""Columns that are taken, and characters of a column's name."""
MOST_CELLS, MOST_CHARACTERS = 20_000_000, 100_000
"""Cells of a table, and characters of one cell."""
MOST_TEXT = 4 * inputs.TABLE_BYTES
"""Characters of all cells: a small file can say one text a million times."""
_BATCH = 8_192  # rows that are Python objects at a time

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, eq=False)
class Brought:
    """A table as it was read.

    Attributes:
        cells: name → (R,) String, its cells; null or empty where there is nothing. What the columns
            of Polars are called themselves does not matter: it takes some names for patterns.
        lines: (R,) where each row begins in the file, from 1.
        rejected: rows that could not be read, in the order of the file.
        note: what people should know of how it was read; else "".
    """

    cells: Mapping[str, pl.Series]
    lines: Sequence[int]
    rejected: Sequence[Rejected] = ()
    note: str = ""

    def __len__(self) -> int:
        """How many rows could be read."""
        return len(self.lines)


def column_name(text: str) -> str:
    """The name of a column as it is spelled, without double quotes, in which filters put it."""
    return clean(text[: 2 * MOST_NAME]).replace('"', "'")


def names_of(where: str, header: Sequence[str], only: Sequence[str] = ()) -> list[str]:
    """The names of columns by place; "" for one that is not taken.

    Args:
        where: names the file in messages.
        header: as the file has it; a column without a name gets one of its number.
        only: the columns that are wanted; all where empty.

    Raises:
        WinnowError: too many, two of one name, a name that is too long, or one that is not there.
    """
    names = [column_name(cell) or f"column {n}" for n, cell in enumerate(header, 1)]
    check_names(where, names, only)
    wanted = set(names_wanted(names, only))
    return [name if name in wanted else "" for name in names]


def check_names(where: str, names: Sequence[str], only: Sequence[str] = ()) -> None:
    """Refuse names of columns that cannot all be taken; arguments and errors as `names_of`."""
    there = {same(name) for name in names}
    if lacks := [name for name in only if same(name) not in there]:
        listed = ", ".join(map(shown, names[:20]))
        raise WinnowError(
            f"{where} has no column named {shown(lacks[0])}: it has {listed or 'none'}."
        )
    taken = names_wanted(names, only)
    if len(taken) > MOST_COLUMNS:
        raise WinnowError(
            f"{where} has {len(taken):,} columns, more than the {MOST_COLUMNS} that are taken: "
            "choose those that you need."
        )
    if long := next((name for name in taken if len(name) > MOST_NAME), None):
        raise WinnowError(
            f"{where} has a column whose name has more than {MOST_NAME} characters "
            f"({shown(long[:40])}…): give it a shorter one."
        )
    seen: dict[str, str] = {}
    for name in taken:
        if seen.setdefault(same(name), name) is not name:
            raise WinnowError(
                f"{where} has two columns named {shown(name)}: rename or remove one of them."
            )


def names_wanted(names: Sequence[str], only: Sequence[str]) -> list[str]:
    """Those of the names that are among ``only``, however spelled; all where that is empty.

    Columns that are called as those of paths are come with them.
    """
    wanted = {same(name) for name in only}
    return [
        name for name in names if not only or same(name) in wanted or key_of(name) in NAMES["path"]
    ]


def gathered(
    where: str, names: Sequence[str], rows: Iterable[Row], note: str = "",
    rejected: Sequence[Rejected] = (),
) -> Brought:  # fmt: skip
    """Rows as columns.

    Args:
        where: names the file in messages.
        names: of the cells by place, "" for those that are left out; see `names_of`.
        rows: (line, cells); a row with fewer cells than names is filled up.
        rejected: rows that could not be read, complete once ``rows`` are.

    Raises:
        WinnowError: there is no row, or more or longer cells than are taken.
    """
    places = [place for place, name in enumerate(names) if name]
    frames, lines = [], list[int]()
    length = zeros = 0
    for batch in _batches(rows):
        check_size(where, len(lines) + len(batch), len(places))
        length += sum(_checked_row(where, names, line, cells) for line, cells in batch)
        check_text(where, length)
        frame, nul = without_nul(_frame(names, places, [cells for _, cells in batch]))
        zeros += nul
        frames.append(frame)
        lines += [line for line, _ in batch]
    if not lines and not rejected:
        raise WinnowError(f"{where} holds no rows below its header: add some.")
    whole = pl.concat(frames) if frames else _frame(names, places, [])
    cells = {names[place]: whole[str(place)] for place in places}
    for place in places:  # a comma at the ends of lines is no column
        if names[place] == f"column {place + 1}" and (cells[names[place]] == "").all():
            del cells[names[place]]
    return Brought(cells, lines, rejected, and_nul(note, zeros))


def _checked_row(where: str, names: Sequence[str], line: int, cells: Sequence[str]) -> int:
    """Characters of the cells of a row; WinnowError where one has more than are taken.

    Looked at before cells are copied: a thousand long ones may be one text in memory.
    """
    length = sum(map(len, cells))
    if length > MOST_CHARACTERS:
        for name, cell in zip(names, cells, strict=False):
            if name and len(cell) > MOST_CHARACTERS:
                raise _too_long(where, name, line)
    return length


def check_text(where: str, length: int) -> None:
    """WinnowError when the cells of a table have more characters than are taken."""
    if length > MOST_TEXT:
        raise WinnowError(
            f"{where} holds more than {MOST_TEXT:,} characters: choose the columns that you need, "
            "or split it up."
        )


def without_nul(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Cells without NUL bytes, which no table or database takes, and how many there were."""
    count = 0
    for column in frame.get_columns():
        if column.dtype == pl.String and column.str.contains("\0", literal=True).any():
            count += int(column.str.count_matches("\0", literal=True).sum())
            frame = frame.with_columns(column.str.replace_all("\0", "", literal=True))
    return frame, count


def and_nul(note: str, zeros: int) -> str:
    """A note on how a table was read, with the NUL bytes that were left out."""
    return "; ".join(filter(None, (note, f"{zeros:,} NUL bytes were left out" if zeros else "")))


def check_size(where: str, rows: int, columns: int) -> None:
    """WinnowError when a table has more cells than are taken."""
    if rows * columns > MOST_CELLS:
        raise WinnowError(
            f"{where} holds more than {MOST_CELLS:,} cells: choose the columns that you need, or "
            "split it up."
        )


def check_cells(
    where: str, names: Sequence[str], frame: pl.DataFrame, lines: Sequence[int]
) -> None:
    """WinnowError when a cell of a batch of rows is longer than is taken.

    Args:
        frame: its columns are called by their places among ``names``.
    """
    for place in frame.columns:
        long = (frame[place].str.len_chars() > MOST_CHARACTERS).fill_null(False).arg_true()
        if len(long):
            raise _too_long(where, names[int(place)], lines[long[0]])


def _too_long(where: str, name: str, line: int) -> WinnowError:
    return WinnowError(
        f"{where} line {line} has a cell of more than {MOST_CHARACTERS:,} characters in the column "
        f"{shown(name)}: shorten it, or leave that column out."
    )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _frame(
    names: Sequence[str], places: Sequence[int], rows: Sequence[Sequence[str]]
) -> pl.DataFrame:
    width = len(names)
    full = [cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
            for cells in rows]  # fmt: skip
    return pl.DataFrame(
        [pl.Series(str(n), [cells[n] for cells in full], dtype=pl.String) for n in places]
    )
