"""The images that changed class, between two runs or since a moment, as a table."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.project.label_rows import LabelRows
from core.project.snapshot import Snapshot
from core.prompts.comparing import Flip
from core.runtime.csv_rows import write_rows
from core.runtime.files import write_atomic
from core.store.spreadsheets import safe_text

HEAD = ("path", "id", "from", "to", "label")


def csv_of(snapshot: Snapshot, flips: Sequence[Flip], csv_safe: bool = False) -> bytes:
    """One row an image that changed class, groups as on the screen, as CSV in UTF-8.

    ``label`` is what people said of it, empty for none.

    Args:
        csv_safe: put ' before cells that look like formulas.
    """
    text = io.StringIO()
    write_rows(text, [HEAD, *_rows(snapshot, flips, csv_safe)])
    return text.getvalue().encode("utf-8", "backslashreplace")


def write(snapshot: Snapshot, flips: Sequence[Flip], out: Path, csv_safe: bool = False) -> None:
    """Write the table in one step.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    write_atomic(out, csv_of(snapshot, flips, csv_safe))


def _rows(snapshot: Snapshot, flips: Sequence[Flip], csv_safe: bool) -> Iterator[tuple[str, ...]]:
    pool, labels = snapshot.pool, snapshot.labels
    for flip in flips:
        for row in flip.rows.tolist():
            cells = (pool.paths[row], pool.ids[row], flip.before, flip.after, _label(labels, row))
            yield tuple(map(safe_text, cells)) if csv_safe else cells


def _label(labels: LabelRows, row: int) -> str:
    code = int(np.asarray(labels.codes)[row])
    return labels.names[code] if code >= 0 else ""
