"""Tags as tables: one row an image and tag (long), one row an image (wide)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from core.project.pool import Pool
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.services.tags.tagged import TagColumn, Tagged
from core.store.parquet import write_parquet
from core.store.spreadsheets import safe_frame
from core.tags.checks import SUFFIX
from core.tags.scores import BANDS

SOURCES = ("prompt", "model", "rule", "human")


def image_table(pool: Pool) -> pl.DataFrame:
    """One row an image: id, path, size, width, height, format and the number of its files.

    An image with several files, exact duplicates, has the path of the first.
    """
    return pl.DataFrame(
        {
            "id": pool.ids,
            "path": pool.noticed("path"),
            "size": pool.noticed("size"),
            "width": pool.noticed("width"),
            "height": pool.noticed("height"),
            "format": pool.noticed("format"),
            "copies": pool.copies,
        },
        schema={
            "id": pl.String,
            "path": pl.String,
            "size": pl.Int64,
            "width": pl.Int32,
            "height": pl.Int32,
            "format": pl.String,
            "copies": pl.Int32,
        },
    )


def long_table(tagged: Tagged) -> pl.DataFrame:
    """One row an image and tag: id, path, code, confidence, band, source, model, vocabulary."""
    pool = tagged.pool
    columns = list(tagged.columns.values())
    codes = pl.Enum([column.code for column in columns])
    count, tags = len(pool), len(columns)
    paths = pl.Series("path", pool.paths, dtype=pl.String)
    ids = pl.Series("id", pool.ids, dtype=pl.String)
    rows = np.tile(np.arange(count, dtype=np.uint32), tags)
    return pl.DataFrame(
        {
            "id": ids.gather(rows),
            "path": paths.gather(rows),
            "code": _enum(np.repeat(np.arange(tags), count), codes),
            "confidence": _stacked(columns, "confidence", np.dtype(np.float32)),
            "band": _enum(_stacked(columns, "bands", np.dtype(np.int8)), pl.Enum(BANDS)),
            "source": _enum(_sources(columns), pl.Enum(SOURCES)),
        }
    ).with_columns(
        model=pl.lit(tagged.model, dtype=pl.String),
        vocabulary=pl.lit(tagged.version, dtype=pl.String),
    )


def wide_table(tagged: Tagged) -> pl.DataFrame:
    """One row an image: its catalog columns, then for each tag its confidence and its band."""
    columns: dict[str, pl.Series] = {}
    for code, column in tagged.columns.items():
        columns[code] = pl.Series(code, column.confidence)
        columns[code + SUFFIX] = _enum(column.bands, pl.Enum(BANDS))
    return image_table(tagged.pool).with_columns(**columns)


def check_target(path: Path) -> None:
    """WinnowError when no table can be written to ``path``."""
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise WinnowError(f"{path} ends in neither .parquet nor .csv: name the file so.")
    if path.is_dir():
        raise WinnowError(f"{path} is a folder: name a file.")


def write_table(frame: pl.DataFrame, path: Path, csv_safe: bool = False) -> None:
    """Write a table as Parquet or CSV, by the name's ending, in one step.

    Args:
        csv_safe: a spreadsheet is to take no text in the CSV for a formula.
    """
    check_target(path)
    if path.suffix.lower() == ".parquet":
        write_parquet(path, frame)
    else:
        frame = safe_frame(frame) if csv_safe else frame
        write_atomic(path, lambda temporary: frame.write_csv(temporary))


def _enum(numbers: np.ndarray, kind: pl.Enum) -> pl.Series:
    return pl.Series(kind.categories, dtype=kind).gather(numbers.astype(np.uint32))


def _stacked(columns: list[TagColumn], name: str, kind: np.dtype) -> np.ndarray:
    return np.concatenate([np.zeros(0, kind), *(getattr(column, name) for column in columns)])


def _sources(columns: list[TagColumn]) -> np.ndarray:
    human = SOURCES.index("human")
    parts = [np.where(c.human >= 0, human, SOURCES.index(c.source)) for c in columns]
    return np.concatenate([np.zeros(0, np.int64), *parts])
