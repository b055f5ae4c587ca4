"""Two label files compared event by event."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from core.store.labels.answers import EVENT, TAG_EVENT

_PARTS = (
    ("events", f"seq, {', '.join(EVENT)}", "TRUE"),
    ("tag_events", f"seq, {', '.join(TAG_EVENT)}", "TRUE"),
    # Apart from the events: more of them may be undone in a later file.
    ("events", "seq, undone_by", "undone_by IS NOT NULL"),
    ("tag_events", "seq, undone_by", "undone_by IS NOT NULL"),
    ("undos", "client, client_seq, batch_id, annotator, time", "TRUE"),
)
"""Tables, what of them is compared, and of which rows."""


def extends(later: Path, earlier: Path) -> bool:
    """Whether all that a label file holds is in another one too, as it is there.

    Both have the tables of today: `LabelStore` and `TagLabelStore` were opened on them.
    """
    with closing(sqlite3.connect(later)) as file:
        file.execute("ATTACH DATABASE ? AS earlier", (str(earlier),))
        return not any(
            file.execute(
                f"SELECT {what} FROM earlier.{table} WHERE {rows}"
                f" EXCEPT SELECT {what} FROM main.{table} WHERE {rows} LIMIT 1"
            ).fetchone()
            for table, what, rows in _PARTS
        )


def equal(one: Path, other: Path) -> bool:
    """Whether two label files hold the same, bit for bit, claims aside."""
    return extends(one, other) and extends(other, one)


def size(path: Path) -> dict[str, int]:
    """Events of a label file: of "labels", "tags" and "undone"."""
    queries = {
        "labels": "SELECT COUNT(*) FROM events",
        "tags": "SELECT COUNT(*) FROM tag_events",
        "undone": "SELECT (SELECT COUNT(*) FROM events WHERE undone_by IS NOT NULL)"
        " + (SELECT COUNT(*) FROM tag_events WHERE undone_by IS NOT NULL)",
    }
    with closing(sqlite3.connect(path)) as file:
        return {name: int(file.execute(query).fetchone()[0]) for name, query in queries.items()}
