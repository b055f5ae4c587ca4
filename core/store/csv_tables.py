"""Tables that people bring: labels with the header ``path,label``, captions ``path,caption``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic


def read_labels(path: Path) -> dict[str, str]:
    """Read relative path → label.

    Args:
        path: a CSV file in UTF-8 with the columns ``path`` and ``label``; others are ignored.

    Raises:
        WinnowError: the file is missing, no CSV, lacks a column or a value, or says two things of
            one path.
    """
    labels: dict[str, str] = {}
    for line, name, text in _rows(path, "label"):
        label = text.strip()
        if labels.setdefault(name, label) != label:
            raise WinnowError(
                f"{path} line {line} says that {name} is {label!r}, an earlier line says "
                f"{labels[name]!r}: keep one of them."
            )
    return labels


def read_captions(path: Path) -> list[tuple[str, str]]:
    """Pairs of relative path and caption, in the order of the file; equal pairs once.

    Args:
        path: a CSV file in UTF-8 with the columns ``path`` and ``caption``, several rows an image.

    Raises:
        WinnowError: the file is missing, no CSV, lacks a column, or a row lacks a value.
    """
    rows = _rows(path, "caption")
    return list(dict.fromkeys((name, " ".join(text.split())) for _, name, text in rows))


def _rows(path: Path, column: str) -> Iterator[tuple[int, str, str]]:
    """Line, relative path and the column's text of each row, both not blank; at least one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, column, reader.fieldnames or ())
            row = None
            for row in reader:
                name, text = (row["path"] or "").strip(), row[column] or ""
                if not name or not text.strip():
                    raise WinnowError(
                        f"{path} line {reader.line_num} lacks a path or a {column}: fill it."
                    )
                yield reader.line_num, name.replace("\\", "/").removeprefix("./"), text
    except FileNotFoundError:
        raise WinnowError(f"The file {path} does not exist: check its name.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WinnowError(
            f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8 with the header "
            f"path,{column}."
        ) from error
    if row is None:
        raise WinnowError(f"{path} holds no rows below its header: add some.")


def _check_header(path: Path, column: str, names: Iterable[str]) -> None:
    missing = {"path", column} - set(names)
    if missing:
        raise WinnowError(
            f"{path} has no column named {' and '.join(sorted(missing))}: its first line must be "
            f"path,{column}."
        )


def write_labels(path: Path, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Write ``path,label,annotator,source`` rows as CSV in UTF-8, in one step.

    Raises:
        WinnowError: the disk is full or the folder cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "annotator", "source"))
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode())
