"""The catalog: one row an image file, kept as Parquet.

A row with a ``problem`` is a rejected file. Its ``id`` is set when the bytes could be read (so the
verdict holds until they change) and null when not even that worked (so it is tried again).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from core.runtime.errors import WinnowError
from core.store.parquet import read_parquet, write_parquet


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One file below the image folder. Sizes in bytes and pixels, times in nanoseconds.

    The measures from ``sharpness`` on are those of `core.images.quality.Quality`; they are null for
    rejected files and for files that a version without them read (``winnow embed --reread`` fills
    them).
    """

    path: str
    size: int
    mtime_ns: int
    id: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    notes: str | None = None
    problem: str | None = None
    sharpness: float | None = None
    brightness: float | None = None
    contrast: float | None = None
    shadow: float | None = None
    highlight: float | None = None
    phash: bytes | None = None


SCHEMA: dict[str, type[pl.DataType]] = {
    "path": pl.String,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "id": pl.String,
    "width": pl.Int32,
    "height": pl.Int32,
    "format": pl.String,
    "notes": pl.String,
    "problem": pl.String,
    "sharpness": pl.Float32,
    "brightness": pl.Float32,
    "contrast": pl.Float32,
    "shadow": pl.Float32,
    "highlight": pl.Float32,
    "phash": pl.Binary,
}
MEASURES = ("sharpness", "brightness", "contrast", "shadow", "highlight", "phash")
assert tuple(SCHEMA) == tuple(field.name for field in fields(ImageRow))


def to_frame(rows: Iterable[ImageRow]) -> pl.DataFrame:
    """Rows as a frame with the catalog's schema, ordered by path."""
    listed = list(rows)  # by column: ten times faster than a dictionary a row
    columns = {name: [getattr(row, name) for row in listed] for name in SCHEMA}
    return pl.DataFrame(columns, schema=SCHEMA).sort("path")


def to_rows(frame: pl.DataFrame) -> list[ImageRow]:
    """A frame with the catalog's schema as rows."""
    return [ImageRow(*values) for values in frame.select(*SCHEMA).iter_rows()]


def read_catalog(path: Path) -> pl.DataFrame:
    """The catalog at ``path``, empty when there is none yet.

    Raises:
        WinnowError: the file is there but is not a catalog.
    """
    if not path.exists():
        return pl.DataFrame(schema=SCHEMA)
    try:
        frame = read_parquet(path)
        # Measures are younger than the file format: an older catalog lacks their columns.
        missing = [name for name in MEASURES if name not in frame.columns]
        return frame.with_columns(pl.lit(None).alias(name) for name in missing).select(
            pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WinnowError(
            f"The catalog {path} cannot be read: delete that file and embed again, "
            "vectors and labels are kept."
        ) from error


def write_catalog(path: Path, frame: pl.DataFrame) -> None:
    """Replace the catalog in one step.

    Raises:
        WinnowError: the disk is full or cannot be written; the catalog is the old one.
    """
    write_parquet(path, frame)
