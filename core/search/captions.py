"""Captions that people bring: a CSV file with the header ``path,caption``, several an image."""

from __future__ import annotations

import csv
from pathlib import Path

from core.runtime.errors import WinnowError


def read_captions(path: Path) -> list[tuple[str, str]]:
    """Pairs of relative path and caption, in the order of the file; equal pairs once.

    Raises:
        WinnowError: the file is missing, no CSV, lacks a column, or a row lacks a value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, csv.DictReader(file, strict=True))
    except FileNotFoundError:
        raise WinnowError(f"The file {path} does not exist: check its name.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WinnowError(
            f"{path} cannot be read as CSV ({error}): save it as CSV in UTF-8 with the header "
            "path,caption."
        ) from error


def _read(path: Path, reader: csv.DictReader[str]) -> list[tuple[str, str]]:
    missing = {"path", "caption"} - set(reader.fieldnames or ())
    if missing:
        raise WinnowError(
            f"{path} has no column named {' and '.join(sorted(missing))}: its first line must be "
            "path,caption."
        )
    pairs: dict[tuple[str, str], None] = {}
    for row in reader:
        name, caption = (row["path"] or "").strip(), " ".join((row["caption"] or "").split())
        if not name or not caption:
            raise WinnowError(f"{path} line {reader.line_num} lacks a path or a caption: fill it.")
        pairs[name.replace("\\", "/").removeprefix("./"), caption] = None
    if not pairs:
        raise WinnowError(f"{path} holds no rows below its header: add some.")
    return list(pairs)
