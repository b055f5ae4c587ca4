"""The first sheet of an Excel workbook, as text; formulas count by what they gave last.

Read by calamine (https://github.com/tafia/calamine) through the package fastexcel, which no
installation needs that brings no workbooks. What is in it is measured before: a workbook is an
archive, and two cells at the ends of a sheet would take all memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.metadata.brought import MOST_CELLS, Brought, Row, gathered, names_of

_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHEET = "xl/worksheets/"
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SHARED = "xl/sharedStrings.xml"
_TEXT, _SAYS = (
    re.compile(rb"<(?:\w+:)?si[ />]"),
    re.compile(rb"""<(?:\w+:)?c\b[^>]*\bt=["']s["'][^>]*>\s*<(?:\w+:)?v>(\d{1,9})<"""),
)
_MOST_BYTES = 4 * inputs.TABLE_BYTES
_PIECE = 1 << 20


def is_workbook(path: Path) -> bool:
    """Whether a file begins as a workbook does; False where there is none that can be read."""
    try:
        with inputs.open_file(path) as file:
            return file.read(4) in (_ZIP, _OLD)
    except OSError:
        return False


def read_workbook(path: Path, only: Sequence[str] = ()) -> Brought:
    """Read the first sheet; see `core.store.metadata.reading.read_brought`.

    Raises:
        WinnowError: as there, or it is no workbook of Excel 2007 or later, or what reads it is not
            installed.
    """
    data = _checked(path)
    try:
        import fastexcel
    except ImportError:
        raise WinnowError(
            f"Reading {path} needs a package that is not installed: run pip install "
            "'winnow[excel]', or save the sheet as CSV."
        ) from None
    try:
        reader = fastexcel.read_excel(data)
        sheet = reader.load_sheet(0, header_row=None, dtypes="string").to_polars()
        others = len(reader.sheet_names) - 1
    except Exception as error:  # whatever it raises on damaged files
        first = " ".join(str(error).split())[:200]
        raise WinnowError(
            f"{path} cannot be read as a workbook ({first}): save the sheet as CSV."
        ) from error
    rows = _rows(sheet.iter_rows())
    header = next(rows, (0, ()))[1]
    if not header:
        raise WinnowError(f"The first sheet of {path} is empty: move the table to it.")
    note = f"the first of {others + 1} sheets was read" if others else ""
    return gathered(str(path), names_of(str(path), header, only), rows, note)


def _rows(records: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    """The rows with anything in them, and their numbers in the sheet."""
    for line, record in enumerate(records, 1):
        cells = ["" if cell is None else str(cell) for cell in record]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _checked(path: Path) -> bytes:
    """The bytes of a workbook that will fit into memory when it is unpacked."""
    try:
        data = inputs.read_bytes(path, inputs.TABLE_BYTES)
        with inputs.open_file(path) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            sheets = [each for each in members if each.filename.startswith(_SHEET)]
            if not sheets:
                raise zipfile.BadZipFile("it holds no sheet of Excel 2007 or later")
            if sum(each.file_size for each in members) > 4 * inputs.TABLE_BYTES:
                raise zipfile.BadZipFile("unpacked it is too large")
            for sheet in sheets:
                if sheet.filename.endswith(".xml"):
                    _check_extent(archive, sheet)
            _check_texts(archive, sheets)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise WinnowError(
            f"{path} cannot be read as a workbook ({error}): save the sheet as CSV."
        ) from error
    return data


def _check_extent(archive: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose outermost cells span more than is taken, however few they are."""
    right = bottom = 0
    tail, size = b"", 0
    with archive.open(sheet) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > 4 * inputs.TABLE_BYTES:  # whatever the archive says of its size
                raise zipfile.BadZipFile("unpacked it is too large")
            text = tail + piece
            for match in _PLACE.finditer(text):
                right = max(right, _number(match[1]))
                bottom = max(bottom, int(match[2]))
            tail = text[-32:]
    if right * bottom > MOST_CELLS:
        raise zipfile.BadZipFile(f"its cells span {right:,} columns and {bottom:,} rows")


def _check_texts(archive: zipfile.ZipFile, sheets: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse sheets whose cells say a text that is stored once so often that no memory holds it."""
    if _SHARED not in archive.namelist():
        return
    with archive.open(_SHARED) as file:
        stored = file.read(_MOST_BYTES + 1)
    if len(stored) > _MOST_BYTES:
        raise zipfile.BadZipFile("unpacked it is too large")
    starts = np.array([match.start() for match in _TEXT.finditer(stored)] + [len(stored)])
    lengths = np.diff(starts)
    for sheet in sheets:
        with archive.open(sheet) as file:
            cells = np.array(
                [int(match[1]) for match in _SAYS.finditer(file.read(_MOST_BYTES))], int
            )
        length = int(lengths[cells[cells < len(lengths)]].sum())
        if length > _MOST_BYTES:
            raise zipfile.BadZipFile(f"its cells say {length:,} bytes of text")


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
