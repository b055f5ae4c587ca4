"""Objects with a path and a label each: Hugging Face's metadata.jsonl, and lists like it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.store.brought.labels_of import put
from core.store.table_rows import NAMES, Rows, key_of


def is_flat(document: Any) -> bool:
    """Whether it is a list whose first object has a path and a label."""
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, Mapping) and all(_key(first, kind) for kind in ("path", "label"))


def of_flat(path: Path, document: Any) -> Rows:
    """The labels of the objects; columns are called as in tables."""
    objects = document if isinstance(document, list) else [document]
    names = [_key(objects[0], kind) for kind in ("path", "label")]
    rows = Rows([], [])
    for line, entry in enumerate(objects, start=1):
        values = [entry.get(name) if isinstance(entry, Mapping) else None for name in names]
        put(rows, line, values[0], [] if values[1] is None else [values[1]])
    return rows


def _key(entry: Mapping[str, Any], kind: str) -> str:
    keys = {key_of(key): key for key in entry}
    return next((keys[name] for name in NAMES[kind] if name in keys), "")
