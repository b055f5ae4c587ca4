"""A delivery for scripts, for people and as a table."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from core.runtime.csv_rows import write_rows
from core.runtime.files import write_atomic
from core.services.deliveries.receiving import Delivery
from core.services.deliveries.records import Record
from core.store.parquet import write_parquet
from core.store.spreadsheets import own_columns, safe_frame

VERDICTS = {"same": "same as before", "moved": "shares moved", "new": "something new"}
LISTED = 1_000
"""Images that are listed one by one for a script; a table has all of them."""
_COPIED = ("path", "id", "class", "probability", "duplicate", "duplicate_of", "unlike", "ask")


def as_json(delivery: Delivery) -> dict[str, Any]:
    """The contract of ``winnow deliver --json``."""
    record, frame = delivery.record, delivery.frame
    return {
        "images": record.images,
        "rejected": record.rejected,
        "copies": record.copies,
        "verdict": VERDICTS[record.kind],
        "sentences": record.sentences,
        "shares": [
            {
                "class": one.name,
                "share": round(one.share, 6),
                "low": round(one.low, 6),
                "high": round(one.high, 6),
                "before": round(one.before, 6),
                "moved": one.moved,
            }
            for one in record.shares
        ],
        "unlike": round(record.unlike, 6),
        "would_show": record.would_show,
        "unlike_paths": in_order(frame, "unlike")[: min(LISTED, unlike_images(record))],
        "duplicates": record.exact + record.near,
        "exact_duplicates": record.exact,
        "near_duplicates": record.near,
        "ask": record.ask,
        "ask_paths": in_order(frame, "ask"),
        "missing": [
            {"path": path, "fields": names} for path, names in missing(record, frame)[:LISTED]
        ],
        "missing_images": record.missing,
        "received": record.received,
        "received_before": delivery.before or None,
        "rejections": [
            {"path": path, "reason": why} for path, why in delivery.problems[:LISTED]
        ],
    }  # fmt: skip


def unlike_images(record: Record) -> int:
    """About how many images of a delivery look like nothing known."""
    return round(record.unlike * (record.images - record.copies))


def in_order(frame: pl.DataFrame, column: str, what: str = "path") -> list[str]:
    """Paths, or ids, of the images that have a place in ``unlike`` or ``ask``, in that order."""
    placed = frame.filter(pl.col(column).is_not_null()).sort(column)
    return list(placed[what])


def missing(record: Record, frame: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """Path and required fields that are missing, of each image that lacks one."""
    rows = zip(frame["path"], _lacking(record, frame), strict=True)
    return [(path, names) for path, names in rows if names]


def _lacking(record: Record, frame: pl.DataFrame) -> list[list[str]]:
    values = map(json.loads, frame["fields"])
    return [[name for name in record.required if name not in one] for one in values]


def summary(record: Record) -> list[str]:
    """A delivery in sentences, the verdict first."""
    lines = [f"{record.name}: {VERDICTS[record.kind]}.", *record.sentences]
    if record.would_show:
        lines.append(record.would_show)
    lines.append(
        f"{record.images:,} images, {record.rejected:,} rejected; {record.exact:,} came in an "
        f"earlier delivery, {record.near:,} more came nearly the same."
    )
    if record.copies:
        lines.append(f"{record.copies:,} images have a copy within the delivery.")
    if record.ask is None:
        lines.append("How accurate the model is was never measured, so nothing can prove it again.")
    elif record.accuracy is not None:
        value, low, high = record.accuracy
        lines.append(
            f"{record.ask:,} random labels prove the accuracy of before ({value:.0%}, "
            f"{low:.0%}–{high:.0%}) again within ± 3 points."
        )
    if record.missing:
        lines.append(f"{record.missing:,} images lack a required field.")
    return lines


def write_table(record: Record, frame: pl.DataFrame, out: Path, csv_safe: bool = False) -> None:
    """Write a row for each image, in one step.

    Columns: path, id, class, probability, duplicate, duplicate_of, unlike, ask, as of `Delivery`;
    missing (required fields, with "|" between them); one a field. A field called like one of these
    columns has ``_field`` behind its name.

    Args:
        out: ends in .parquet or .csv.

    Raises:
        StorageError: the disk is full or cannot be written; ``out`` is as it was.
    """
    table = _table(record, frame)
    if out.suffix.lower() == ".parquet":
        write_parquet(out, table)
    else:
        write_atomic(out, _csv(table, csv_safe))


def csv_of(record: Record, frame: pl.DataFrame) -> bytes:
    """The same table as CSV in UTF-8, safe for spreadsheets."""
    return _csv(_table(record, frame), csv_safe=True)


def _csv(table: pl.DataFrame, csv_safe: bool) -> bytes:
    text = io.StringIO()
    table = safe_frame(table) if csv_safe else table
    write_rows(text, [table.columns])
    write_rows(text, table.with_columns(pl.col("probability").cast(pl.String)).iter_rows())
    return text.getvalue().encode("utf-8", "backslashreplace")


def _table(record: Record, frame: pl.DataFrame) -> pl.DataFrame:
    table = frame.select(_COPIED)
    lacks = ["|".join(names) or None for names in _lacking(record, frame)]
    table = table.with_columns(pl.Series("missing", lacks, dtype=pl.String))
    values = [json.loads(text) for text in frame["fields"]]
    names = list(dict.fromkeys(name for one in values for name in one))
    return table.with_columns(
        pl.Series(column, [one.get(name) for one in values], dtype=pl.String)
        for name, column in zip(names, own_columns(names, table.columns, "_field"), strict=True)
    )
