"""The catalog: one row an image file, kept as Parquet.

A row with a ``problem`` is a rejected file. Its ``id`` is set when the bytes could be read (so the
verdict holds until they change) and null when not even that worked (so it is tried again).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import polars as pl

from core.errors import WinnowError
from core.store.atomic import write_atomic


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One file below the image folder. Sizes in bytes and pixels, times in nanoseconds."""

    path: str
    size: int
    mtime_ns: int
    id: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    notes: str | None = None
    problem: str | None = None


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
}
assert tuple(SCHEMA) == tuple(field.name for field in fields(ImageRow))


def to_frame(rows: Iterable[ImageRow]) -> pl.DataFrame:
    """Rows as a frame with the catalog's schema, ordered by path."""
    return pl.DataFrame([asdict(row) for row in rows], schema=SCHEMA).sort("path")


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
        return pl.read_parquet(path).select(
            pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WinnowError(
            f"The catalog {path} cannot be read: delete that file and embed again, "
            "vectors and labels are kept."
        ) from error


def write_catalog(path: Path, frame: pl.DataFrame) -> None:
    """Replace the catalog in one step."""
    write_atomic(path, lambda temporary: frame.write_parquet(temporary))
