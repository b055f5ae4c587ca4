"""Label files of before answers without a class had several kinds: made to take the new ones.

SQLite cannot change the condition of a column, so the table of events is written anew, once, in the
transaction that brings the first such answer. A file that gets none stays as it is: it opens on a
full or read-only disk, and with the Winnow that made it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

OLD_KINDS = frozenset({"label", "skip", "unsure", "clear"})
"""What every label file takes."""


def allow(connection: sqlite3.Connection, table: str, script: str, kinds: Iterable[str]) -> None:
    """Have a table of events take ``kinds``; within a write transaction, which may still end.

    Numbers of events, and what was undone, stay as they are.

    Args:
        script: creates the table, its indices and its triggers as they are now.
    """
    new = set(kinds) - OLD_KINDS
    if not new:
        return
    row = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)
    ).fetchone()
    if row is not None and all(f"'{kind}'" in row[0] for kind in new):
        return
    before = f"{table}_before"
    ever = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    names = ", ".join(info[1] for info in connection.execute(f"PRAGMA table_info({table})"))
    connection.execute(f"ALTER TABLE {table} RENAME TO {before}")
    statements = _statements(table, script)
    connection.execute(statements[0])
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {before} ORDER BY seq")
    connection.execute(f"DROP TABLE {before}")  # with its indices and triggers, whose names return
    for statement in statements[1:]:
        connection.execute(statement)
    if ever is not None:  # no number is given twice, also where the last events are gone
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, ever[0])
        )


def _statements(table: str, script: str) -> list[str]:
    """What creates a table and what belongs to it, the table first."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        rows = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL"
            " ORDER BY type <> 'table'",
            (table,),
        ).fetchall()
    return [row[0] for row in rows]
