"""Two short tables of an export: splits.csv and rejected.csv."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.export.layout import Layout
from core.export.record.run import Outcome

REJECTED = "rejected.csv"
SPLITS_TABLE = "splits.csv"


def write_splits(path: Path, outcome: Outcome, layout: Layout) -> None:
    """Write path, file, class, split and group of every image that is in a split.

    Raises:
        OSError: the file cannot be written.
    """
    rows = (
        (i.assignment.path, layout.file(i), i.assignment.label, i.split, i.assignment.group)
        for i in outcome.items
        if i.split is not None
    )
    _write_csv(path, ("path", "file", "class", "split", "group"), rows)


def write_rejected(path: Path, outcome: Outcome) -> None:
    """Write path and reason of every image that is not in the export.

    Raises:
        OSError: the file cannot be written.
    """
    rows = ((entry.path, entry.reason) for entry in outcome.rejected)
    _write_csv(path, ("path", "reason"), rows)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
