"""Rows of CSV that every reader reads back as they were."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO


def write_rows(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write rows with commas between their cells and ``\\n`` at their ends.

    Cells are quoted where they need it: also for a carriage return, at which readers end a line
    though Python's writer leaves it bare, and for spaces at an end, which some readers trim.
    """
    plain = csv.writer(file, lineterminator="\n")
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        careful = any("\r" in cell or cell != cell.strip() for cell in cells)
        (quoted if careful else plain).writerow(cells)
