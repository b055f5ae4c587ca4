"""What a run that classified came to: one table, the rejected files, and the counts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl
import polars.selectors as cs

from core.images.names import shown
from core.runtime.csv_rows import write_rows
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.services.sorter.classifying import Classified
from core.store.spreadsheets import own_columns, safe_frame, safe_text
from core.tags.checks import SUFFIX
from core.tags.scores import BANDS

FIXED = ("path", "id", "class", "probability", "set")
"""Columns of every table, in which a class has one of its own besides."""
LISTED = 1_000
"""Rejected files that are kept in memory to be listed."""
_CELLS = 2_000_000  # of a row group of Parquet, about


@dataclass
class Tally:
    """Counts of a run.

    Attributes:
        classes: class → images in it, those for review left out.
        review: images less probable than was asked for.
        rejections: path and reason of the first ``LISTED`` files of no use.
        reasons: reason → files.
    """

    classes: dict[str, int]
    classified: int = 0
    review: int = 0
    rejections: list[tuple[str, str]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Files of no use."""
        return self.reasons.total()

    def as_json(self, seconds: float, per_second: float) -> dict[str, Any]:
        """What every way to classify says of its run, for scripts."""
        return {
            "images": self.classified + self.rejected,
            "classified": self.classified,
            "rejected": self.rejected,
            "review": self.review,
            "classes": self.classes,
            "seconds": round(seconds, 3),
            "images_per_second": round(per_second, 1),
            "rejections": [{"path": path, "reason": why} for path, why in self.rejections],
        }

    def as_text(self, seconds: float, per_second: float) -> str:
        """The same for people."""
        lines = [
            f"{self.classified:,} images classified, {self.rejected:,} rejected, in "
            f"{seconds:.1f} s ({per_second:.0f} a second)."
        ]
        lines += [f"  {shown(name)}: {count:,}" for name, count in self.classes.items()]
        if self.review:
            lines.append(f"  for review: {self.review:,}")
        return "\n".join(lines)


def tally(done: Classified, review_below: float | None = None) -> Tally:
    """Count a run.

    Args:
        review_below: predictions less probable than this are for review.
    """
    counts = np.zeros(len(done.names), dtype=np.int64)
    result = Tally({})
    for frame in done.parts.frames():
        usable = frame.filter(pl.col("problem").is_null())
        result.classified += len(usable)
        assigned, probability = usable["class"].to_numpy(), usable["probability"].to_numpy()
        sure = np.ones(len(usable), bool) if review_below is None else probability >= review_below
        result.review += int((~sure).sum())
        counts += np.bincount(assigned[sure], minlength=len(counts))
    result.classes = dict(zip(done.names, counts.tolist(), strict=True))
    for path, reason in rejected(done):
        result.reasons[reason] += 1
        if len(result.rejections) < LISTED:
            result.rejections.append((path, reason))
    return result


def rejected(done: Classified) -> Iterator[tuple[str, str]]:
    """Path and reason of each file of no use: what the scan could not use first, each once."""
    unseen = [(path, why) for path, why in done.problems]
    bad = (
        frame.filter(pl.col("problem").is_not_null()).select("path", "problem").iter_rows()
        for frame in done.parts.frames()
    )
    return chain(unseen, chain.from_iterable(bad))


def check_target(path: Path, images: Path) -> None:
    """Refuse a file that no table can be written to, or that lies among the images.

    Raises:
        WinnowError: it is.
    """
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise WinnowError(f"{shown(path)} ends in neither .parquet nor .csv: name the file so.")
    if path.is_dir():
        raise WinnowError(f"{shown(path)} is a folder: name a file.")
    real, folder = path.resolve(), images.resolve()
    if folder in real.parents:
        raise WinnowError(
            f"{shown(path)} lies in the image folder {shown(images)}, where nothing is written: "
            "name a file outside of it."
        )


def write_table(done: Classified, out: Path, csv_safe: bool = False) -> None:
    """Write all images that could be used as one table, rows by path, in one step.

    Columns: path, id, class, probability, one a class with its probability, set (names of the
    classes that cannot be ruled out, with "|" between them; empty where no promise was made), and
    for each tag ``tag_CODE`` and ``tag_CODE_band``. A class called like one of these columns has
    ``_class`` behind its name.

    Args:
        out: ends in .parquet or .csv.
        csv_safe: a spreadsheet is to take no text in the CSV for a formula.

    Raises:
        StorageError: the disk is full or cannot be written; ``out`` is as it was.
    """
    tables = (table_of(frame, done.names, done.tags) for frame in done.parts.frames())
    if out.suffix.lower() == ".parquet":
        write_atomic(out, lambda target: _as_parquet(tables, target))
    else:
        write_atomic(out, lambda target: _as_csv(tables, target, csv_safe))


def rejected_beside(out: Path) -> Path:
    """Where the rejected files of a table are listed."""
    return out.with_name(f"{out.name}.rejected.csv")


def write_rejected(done: Classified, out: Path, csv_safe: bool = False) -> Path | None:
    """List the files of no use (path, reason) beside a table, in one step; None without any.

    A list of an earlier run goes.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    target, rows = rejected_beside(out), rejected(done)
    first = next(rows, None)
    if first is None:
        target.unlink(missing_ok=True)
        return None
    every: Iterable[Sequence[str]] = chain([("path", "reason"), first], rows)
    if csv_safe:
        every = (tuple(map(safe_text, row)) for row in every)

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            write_rows(file, every)

    write_atomic(target, write)
    return target


def class_columns(names: Sequence[str], tags: Sequence[str]) -> list[str]:
    """(K,) names of the classes' columns, unlike any other; small letters and capitals are one."""
    taken = (*FIXED, *(name for code in tags for name in _tag_columns(code)))
    return own_columns(names, taken, "_class")


def _tag_columns(code: str) -> tuple[str, str]:
    return f"tag_{code}", f"tag_{code}{SUFFIX}"


def table_of(frame: pl.DataFrame, classes: Sequence[str], tags: Sequence[str]) -> pl.DataFrame:
    """The table's rows of a part, see `write_table`.

    Args:
        frame: see `core.services.sorter.collecting.frame_of`.
        classes: (K,) names; tags: codes.
    """
    frame = frame.filter(pl.col("problem").is_null())
    names = pl.Series(classes, dtype=pl.String)
    columns: dict[str, Any] = {
        "path": frame["path"],
        "id": frame["id"],
        "class": names.gather(frame["class"]),
        "probability": frame["probability"],
    }
    for number, name in enumerate(class_columns(classes, tags)):
        columns[name] = frame[f"p{number}"]
    columns["set"] = pl.Series(
        [None if row is None else "|".join(classes[k] for k in row) for row in frame["set"]],
        dtype=pl.String,
    )
    bands = pl.Series(BANDS, dtype=pl.String)
    for number, code in enumerate(tags):
        confidence, band = _tag_columns(code)
        columns[confidence] = frame[f"t{number}"]
        columns[band] = bands.gather(frame[f"t{number}_band"].cast(pl.UInt32))
    return pl.DataFrame(columns)


def _as_parquet(tables: Iterator[pl.DataFrame], target: Path) -> None:
    # Arrow costs the command line a tenth of a second to start, so it waits until it is needed.
    import pyarrow.parquet as pq

    with target.open("wb") as file:
        writer = None
        try:
            for table in _grouped(tables):
                arrow = table.to_arrow()
                writer = writer or pq.ParquetWriter(file, arrow.schema, compression="zstd")
                writer.write_table(arrow)
        finally:
            if writer is not None:
                writer.close()


def _grouped(tables: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Tables of a size that is good for row groups."""
    waiting: list[pl.DataFrame] = []
    for table in tables:
        waiting.append(table)
        if sum(len(part) for part in waiting) * table.width >= _CELLS:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _as_csv(tables: Iterator[pl.DataFrame], target: Path, csv_safe: bool) -> None:
    with target.open("wb") as file:
        for number, table in enumerate(tables):
            _write_csv(safe_frame(table) if csv_safe else table, file, not number)


def _write_csv(table: pl.DataFrame, file: IO[bytes], head: bool) -> None:
    """Rows as the project writes CSV everywhere, see `core.runtime.csv_rows`."""
    text = io.StringIO()
    write_rows(text, [table.columns] if head else [])
    # Polars writes the shortest digits that give the same number back, and fast.
    table = table.with_columns(cs.by_dtype(pl.Float32).cast(pl.String))
    write_rows(text, table.iter_rows())
    file.write(text.getvalue().encode("utf-8", "backslashreplace"))
