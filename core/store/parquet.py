"""Parquet files at paths of any name.

What is handed a path may take it for a pattern: for Polars "ws [2024]" is the folder "ws 2", and
the table of a neighbour is read. And no path that is not UTF-8 can be handed on. So files are
opened here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from core.runtime import inputs
from core.runtime.files import write_atomic


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The table of one file.

    Raises:
        polars.exceptions.PolarsError, OSError: it cannot be read.
    """
    with inputs.open_file(path) as file:
        return pl.read_parquet(file, columns=None if columns is None else list(columns))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Replace a file by a table in one step.

    Raises:
        WinnowError: the disk is full or cannot be written; the file is the old one.
    """
    # Through memory: what Polars raises on a full disk does not say that the disk is full.
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    write_atomic(path, buffer.getvalue())
