"""Two short tables of an export: splits.csv and rejected.csv."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.export.layout import Layout
from core.export.record.run import Outcome
from core.runtime.csv_rows import write_rows
from core.store.spreadsheets import safe_text

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
    safe = outcome.plan.options.csv_safe
    _write_csv(path, ("path", "file", "class", "split", "group"), rows, safe)


def write_rejected(path: Path, outcome: Outcome) -> None:
    """Write path and reason of every image that is not in the export.

    Raises:
        OSError: the file cannot be written.
    """
    rows = ((entry.path, entry.reason) for entry in outcome.rejected)
    _write_csv(path, ("path", "reason"), rows, outcome.plan.options.csv_safe)


def _write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], safe: bool
) -> None:
    """Write a table; ``safe`` keeps spreadsheets from taking its texts for formulas."""
    if safe:
        rows = ([safe_text(cell) if isinstance(cell, str) else cell for cell in r] for r in rows)
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        write_rows(file, [header])
        write_rows(file, rows)
