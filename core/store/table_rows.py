"""Rows of tables that people bring: read as they were meant, or listed with what is wrong.

What is read: any of four separators, quoted cells or not, any line ends, columns in any order and
under their usual names, lines above the header that are comments, headers that come again. A row
that cannot be used never stops the others, and never disappears: it is listed with its line.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.store.parquet import column_names, is_parquet, text_columns
from core.store.table_text import read_table

SEPARATORS = ",;\t|"
NAMES = {
    "path": (
        "path", "filepath", "relativepath", "relpath", "filename", "file", "imagepath",
        "imagefile", "imagefilename", "imagename", "image", "imgpath", "img", "picture", "photo",
        "name",
    ),
    "label": (
        "label", "labels", "class", "classname", "classlabel", "labelname", "category",
        "categoryname", "groundtruth", "truth", "target",
    ),
    "kind": ("kind",),
    "caption": ("caption", "captions", "text", "sentence", "description", "alttext", "title"),
}  # fmt: skip
"""What a column may be called, the first that is there counts; case, spaces and signs aside."""
ANSWERS = ("none", "unusable")
"""What a column ``kind`` may say of an image instead of a label; see `core.store.labels.base`."""
NO_PATH, AGAIN, HEADER, MORE_CELLS = (
    "no path", "the same again", "the header again", "more cells than columns",
)  # fmt: skip
_COMMENT = re.compile(r"\s*(#|//|%|;+\s*$|,+\s*$|sep=.\s*$)")
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
_FORMULA = re.compile(r'="([^"]*)"')  # how programs keep spreadsheets from making 1 of 001
_IMAGE = r"\.(?:jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|hei[cf])"
_MENTIONED = 3


@dataclass(frozen=True)
class Rejected:
    """A row that does not count.

    Attributes:
        line: where it begins in the file, from 1; 0 when it comes from no file.
        path, text: its cells, as far as it has them.
        reason: why, in words that rows share.
        more: what concerns this row alone, perhaps empty.
    """

    line: int
    path: str
    text: str
    reason: str
    more: str = ""

    @property
    def why(self) -> str:
        """The reason in full."""
        return f"{self.reason}: {self.more}" if self.more else self.reason


@dataclass(frozen=True)
class Rows:
    """What a table holds.

    Attributes:
        rows: (line, path, text) of those with both.
        rejected: the others, in the order of the file.
        note: which encoding was taken, when that was not clear; else "".
        answers: (line, path, kind) of rows with a kind of answer instead of a label, one of
            `ANSWERS`.
    """

    rows: list[tuple[int, str, str]]
    rejected: list[Rejected]
    note: str = ""
    answers: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Rows of the table that are not blank."""
        return len(self.rows) + len(self.rejected) + len(self.answers)


def read_rows(path: Path, column: str) -> Rows:
    """Read the paths and one more column of a table, a CSV file or a Parquet file.

    Args:
        column: "label" or "caption".

    Raises:
        WinnowError: there is no such file, it is no table, a column is missing or there twice, a
            quote is never closed, or there is no row below the header.
    """
    result = (_of_parquet if is_parquet(path) else _of_text)(path, column)
    if not result.count:
        raise WinnowError(f"{path} holds no rows below its header: add some.")
    return result


def _of_parquet(path: Path, column: str) -> Rows:
    names = column_names(path)
    numbers = {kind: columns_named(names, kind) for kind in ("path", column)}
    for kind, there in numbers.items():
        if len(there) > 1:
            twice = " and ".join(names[number] for number in there)
            raise WinnowError(f"{path} has {len(there)} columns named {kind} ({twice}): keep one.")
    if lacks := sorted(kind for kind, there in numbers.items() if not there):
        listed = ", ".join(shown(name) for name in names[:20])
        raise WinnowError(
            f"{path} has no column named {' and '.join(lacks)}: it has {listed or 'none'}."
        )
    result = Rows([], [])
    wanted = [names[numbers["path"][0]], names[numbers[column][0]]]
    for line, (place, text) in enumerate(text_columns(path, wanted), 1):
        if not place.strip() or not text.strip():
            why = NO_PATH if not place.strip() else f"no {column}"
            result.rejected.append(Rejected(line, place, text, why))
        else:
            result.rows.append((line, place, text))
    return result


def _of_text(path: Path, column: str) -> Rows:
    table = read_table(path, f"path,{column}")
    header = header_of(path, table.text, column)
    result = Rows([], [], table.note)
    for line, cells in records_of(path, header):
        if not any(cell.strip() for cell in cells):
            continue
        row = header.row(line, cells)
        if kind := header.answer(row, cells):
            result.answers.append((line, cells[header.path], kind))
        elif isinstance(row, Rejected):
            result.rejected.append(row)
        else:
            result.rows.append(row)
    return result


def counts(rejected: Iterable[Rejected]) -> dict[str, int]:
    """How many rows do not count for each reason, the most frequent first."""
    return dict(Counter(row.reason for row in rejected).most_common())


def in_words(rejected: Sequence[Rejected]) -> str:
    """The reasons with their counts and the first lines, as a part of a sentence."""
    parts = []
    for reason, count in counts(rejected).items():
        same = [row for row in rejected if row.reason == reason][:_MENTIONED]
        lines = ", ".join(str(row.line) if row.line else shown(row.path) for row in same)
        where = f"line{'s' if count > 1 else ''} " if same[0].line else ""
        more = ", …" if count > _MENTIONED else ""
        parts.append(f"{count:,} {reason} ({where}{lines}{more})")
    return "; ".join(parts)


@dataclass(frozen=True)
class Header:
    """How a table is to be read.

    Attributes:
        lines: the table from the line below the header on; before: how many lines precede them.
        separator: between cells; spaced: quoted cells follow a space.
        cells: of the header; path, value: the numbers of the columns.
        column: the name of the second one.
    """

    lines: str
    before: int
    separator: str
    spaced: bool
    cells: list[str]
    path: int
    value: int
    column: str

    def row(self, line: int, cells: list[str]) -> tuple[int, str, str] | Rejected:
        """What a row says; why it does not count."""
        path, text = (
            cells[number] if number < len(cells) else "" for number in (self.path, self.value)
        )
        extra = cells[len(self.cells) :]
        if any(map(str.strip, extra)):
            if self.column != "caption" or self.value != len(self.cells) - 1:
                more = f"cell {len(self.cells) + 1} is {extra[0][:60]!r}"
                return Rejected(line, path, text, MORE_CELLS, more)
            text = ",".join([text, *extra])  # sentences have commas, and people forget the quotes
        if key_of(path) == key_of(self.cells[self.path]) and key_of(text) == key_of(
            self.cells[self.value]
        ):
            return Rejected(line, path, text, HEADER)
        if not path.strip():
            return Rejected(line, path, text, NO_PATH)
        if not text.strip():
            return Rejected(line, path, text, f"no {self.column}")
        return line, path, bare(text)

    def answer(self, row: tuple[int, str, str] | Rejected, cells: list[str]) -> str:
        """The kind of answer that a row without a label gives; "" for none."""
        place = next(iter(columns_named(self.cells, "kind")), len(cells))
        if self.column != "label" or place >= len(cells) or not isinstance(row, Rejected):
            return ""
        kind = cells[place].strip().lower()
        return kind if row.reason == "no label" and kind in ANSWERS else ""


def header_of(path: Path, text: str, column: str, whole: bool = True) -> Header:
    """Find the header: the first line that is neither blank nor a comment.

    Args:
        whole: the rows may be quoted as a whole, as spreadsheets do with CSV in one column.
    """
    first, before, rest, separators = first_line(text, column)
    for separator_ in separators:
        cells = cells_of(first, separator_)
        named = {kind: columns_named(cells, kind) for kind in ("path", column)}
        if all(named.values()):
            for kind, numbers in named.items():
                if len(numbers) > 1:
                    raise WinnowError(
                        f"{path} has {len(numbers)} columns named {kind} (the cells "
                        f"{' and '.join(str(n + 1) for n in numbers)} of line {before}): keep one."
                    )
            spaced = re.search(rf'{re.escape(separator_)} +"[^"\r\n]*"', text) is not None
            place, value = named["path"][0], named[column][0]
            return Header(rest, before, separator_, spaced, cells, place, value, column)
    inner = cells_of(first, ",")
    if whole and len(inner) == 1 and inner[0] != first.strip() and _is_header(inner[0], column):
        return header_of(path, _unwrapped(text), column, whole=False)
    raise _missing(path, first, before, column)


def first_line(text: str, column: str) -> tuple[str, int, str, str]:
    """The first line that is neither blank nor a comment, its number, the rest, the separators."""
    separators, before, first = SEPARATORS, 0, ""
    source = io.StringIO(text, newline="")
    for line in source:
        before += 1
        if separator := _SEPARATOR.match(line):
            separators = separator[1]
        # A comment may be the header itself: "#path,label".
        elif line.strip() and (not _COMMENT.match(line) or _is_header(line, column)):
            first = line
            break
    return first, before, text[source.tell() :], separators


def _unwrapped(text: str) -> str:
    """A table of rows that are quoted as a whole, without those quotes; its lines stay."""
    lines = []
    for line in io.StringIO(text, newline=""):
        cells = cells_of(line.strip("\r\n"), ",")
        lines.append(cells[0] if len(cells) == 1 else line.strip("\r\n"))
    return "\n".join(lines)


def _missing(path: Path, first: str, line: int, column: str) -> WinnowError:
    best = max((cells_of(first, separator) for separator in SEPARATORS), key=len)
    lacks = [kind for kind in ("path", column) if not columns_named(best, kind)]
    stands = f", it is {shown(first.strip()[:80])!r}" if first.strip() else ""
    return WinnowError(
        f"{path} has no column named {' and '.join(sorted(lacks) or [column])}: line "
        f"{max(1, line)} must be path,{column}{stands}."
    )


def _is_header(line: str, column: str) -> bool:
    return any(
        all(columns_named(cells_of(line, separator), kind) for kind in ("path", column))
        for separator in SEPARATORS
    )


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line; none where its quotes cannot be read."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []


def columns_named(cells: Sequence[str], kind: str) -> list[int]:
    """The columns of the best of `NAMES` that is there; several when it is there several times."""
    keys = [key_of(cell) for cell in cells]
    for name in NAMES[kind]:
        if name in keys:
            return [number for number, key in enumerate(keys) if key == name]
    return []


def key_of(cell: str) -> str:
    folded = unicodedata.normalize("NFKC", cell[:80]).casefold()
    return "".join(filter(str.isalnum, folded))


def bare(cell: str) -> str:
    formula = _FORMULA.fullmatch(cell.strip())
    return formula[1] if formula else cell


def records_of(path: Path, header: Header) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each record; WinnowError at a quote that is never closed."""
    reader = csv.reader(
        io.StringIO(header.lines, newline=""),
        delimiter=header.separator,
        strict=True,
        skipinitialspace=header.spaced,
    )
    separator = re.escape(header.separator)
    swallowed = re.compile(rf"[\r\n][^\r\n{separator}]*{_IMAGE}\"?{separator}", re.IGNORECASE)
    line = header.before + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field larger than" in str(error):
                raise WinnowError(
                    f"{path} line {line} has a cell of more than {csv.field_size_limit():,} "
                    "characters: shorten it, or close a quote that is opened there."
                ) from None
            raise WinnowError(
                f"{path} line {line} cannot be read as CSV ({error}): close the quote that is "
                'opened there, and write "" for a quote inside of quotes.'
            ) from None
        if cells is None:
            return
        end = header.before + reader.line_num
        for number, cell in enumerate(cells, 1):
            if end > line and swallowed.search(cell):
                raise WinnowError(
                    f"{path} line {line} cell {number} holds the rows down to line {end} within "
                    "one pair of quotes: close the quote where the cell ends."
                )
        yield line, cells
        line = end + 1
