"""Tables that people bring: ``truth.csv`` and ``labels.csv`` with the header ``path,label``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic


def read_labels(path: Path, column: str = "label") -> dict[str, str]:
    """Read relative path → label.

    Args:
        path: a CSV file in UTF-8 with the columns ``path`` and ``column``; others are ignored.

    Raises:
        WinnowError: the file is missing, no CSV, lacks a column, or says two things of one path.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, csv.DictReader(file, strict=True), column)
    except FileNotFoundError:
        raise WinnowError(f"The file {path} does not exist: check its name.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WinnowError(
            f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8 with the header "
            f"path,{column}."
        ) from error


def _read(path: Path, reader: csv.DictReader[str], column: str) -> dict[str, str]:
    missing = {"path", column} - set(reader.fieldnames or ())
    if missing:
        raise WinnowError(
            f"{path} has no column named {' and '.join(sorted(missing))}: its first line must be "
            f"path,{column}."
        )
    result: dict[str, str] = {}
    for row in reader:
        name, label = (row["path"] or "").strip(), (row[column] or "").strip()
        if not name or not label:
            raise WinnowError(f"{path} line {reader.line_num} lacks a path or a {column}: fill it.")
        key = name.replace("\\", "/").removeprefix("./")
        if result.setdefault(key, label) != label:
            raise WinnowError(
                f"{path} line {reader.line_num} says that {key} is {label!r}, an earlier line says "
                f"{result[key]!r}: keep one of them."
            )
    if not result:
        raise WinnowError(f"{path} holds no rows below its header: add some.")
    return result


def write_labels(path: Path, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Write ``path,label,annotator,source`` rows as CSV in UTF-8, in one step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "annotator", "source"))
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode())
