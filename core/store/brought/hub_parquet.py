"""Parquet of Hugging Face's `datasets`: pictures with their names inside, and a class each.

Only the names and the classes are read, so the pictures may have any size.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from core.runtime.errors import WinnowError
from core.store.parquet import picture_rows
from core.store.table_rows import NAMES, NO_PATH, Rejected, Rows, key_of


def rows_of(path: Path) -> Rows | None:
    """The labels beside the pictures; None for a Parquet file that holds no pictures.

    The column with the path counts where there is one, else the name of each picture.

    Raises:
        WinnowError: it cannot be read, or has no column for the class.
    """
    rows = Rows([], [])
    pairs = picture_rows(path, partial(_named, kind="path"), partial(_label, path))
    if pairs is None:
        return None
    for line, (place, label) in enumerate(pairs, start=1):
        if not place.strip() or not label.strip():
            why = "no label" if place.strip() else NO_PATH
            rows.rejected.append(Rejected(line, place, label, why))
        else:
            rows.rows.append((line, place, label))
    return rows


def _named(names: list[str], kind: str) -> str | None:
    keys = {key_of(name): name for name in names}
    return next((keys[name] for name in NAMES[kind] if name in keys), None)


def _label(path: Path, names: list[str]) -> str:
    name = _named(names, "label")
    if name is None:
        raise WinnowError(
            f"{path} holds pictures, but no column named label: it has {', '.join(names[:20])}."
        )
    return name
