"""An append-only log in SQLite: what labels and tag labels have in common there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from core.store.backups.guard import MANY, UNGUARDED, Guard
from core.store.labels.base import Subject, Value, Version
from core.store.labels.faults import label_file_errors
from core.store.labels.following import FollowedLog, Logged, Row
from core.store.labels.opening import prepare, reading, writing


class SqliteLog(FollowedLog[Subject, Value]):
    """One log of events of a workspace. Safe for several threads and processes.

    A subclass names its table; see `FollowedLog` for the rest.
    """

    TABLE: ClassVar[str]
    CREATE: ClassVar[str]

    def __init__(self, path: Path, guard: Guard = UNGUARDED) -> None:
        super().__init__(guard)
        self.path = path
        self._prepared = (0, 0)
        prepare(path, self._script())
        self._prepared = self._place()

    # -- reading ---------------------------------------------------------------------------------

    def news(self) -> int | None:
        """See `FollowedLog.news`: a file tells nobody."""
        return None

    def waiting(self) -> str:
        """See `FollowedLog.waiting`."""
        return ""

    def ever(self) -> int:
        """See `FollowedLog.ever`."""
        with self.look() as connection:
            query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
            row = connection.execute(query, (self.TABLE,)).fetchone()
            return int(row[0]) if row else 0

    def logged(self, since: float, until: float) -> list[Logged]:
        """See `FollowedLog.logged`."""
        with self.look() as connection:
            rows = connection.execute(
                "SELECT image_id, annotator, time, source, batch_id, undone_by"
                f" FROM {self.TABLE} WHERE time >= ? AND time < ? ORDER BY seq",
                (since, until),
            )
            return [Logged(*row) for row in rows]

    def acknowledged(self, client: str) -> int:
        """See `FollowedLog.acknowledged`."""
        with self.look() as connection:
            return self.last_number(connection, client)

    def last_number(self, connection: sqlite3.Connection, client: str) -> int:
        """The highest number stored for ``client``, within a transaction."""
        row = connection.execute(
            f"SELECT MAX(client_seq) FROM {self.TABLE} WHERE client = ?", (client,)
        ).fetchone()
        return row[0] or 0

    def numbers(
        self, connection: sqlite3.Connection, client: str, wanted: Sequence[int]
    ) -> set[int]:
        """Which numbers of a client are stored, at least from the lowest of those wanted on."""
        rows = connection.execute(
            f"SELECT client_seq FROM {self.TABLE} WHERE client = ? AND client_seq >= ?",
            (client, min(wanted, default=0)),
        )
        return {row[0] for row in rows}

    # -- writing ---------------------------------------------------------------------------------

    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """See `FollowedLog.undo`."""
        if (count := self._size(batch_id)) >= MANY:
            self.guard.before(f"{count:,} labels were taken back")
        with self.connect() as connection:
            rows = connection.execute(
                f"UPDATE {self.TABLE} SET undone_by = ? WHERE batch_id = ? AND undone_by IS NULL"
                " RETURNING image_id",
                (annotator, batch_id),
            ).fetchall()
            if rows:
                self.took_back(connection, batch_id, annotator)
        return [row[0] for row in rows]

    def took_back(self, connection: sqlite3.Connection, batch_id: str, annotator: str) -> None:
        """Note when a batch was taken back; within that transaction."""

    def append(self, names: Sequence[str], rows: list[Row]) -> None:
        """See `FollowedLog.append`."""
        with self.connect() as connection:
            self.admit(connection, names, rows)
            connection.executemany(self.insert(names), rows)

    def admit(
        self, connection: sqlite3.Connection, columns: Sequence[str], rows: list[Row]
    ) -> None:
        """Have the table take rows that are about to be stored; within their transaction."""

    def insert(self, names: Sequence[str]) -> str:
        """The statement that stores an event once, however often a client sends it."""
        marks = ", ".join("?" * len(names))
        return (
            f"INSERT INTO {self.TABLE} ({', '.join(names)}) VALUES ({marks})"
            " ON CONFLICT (client, client_seq) DO NOTHING"
        )

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection for the block, which is one transaction; StorageError for what refuses."""
        self.guard.permit()
        self._complete()
        with writing(self.path) as connection:
            yield connection
            changed = connection.total_changes > 0
        if changed:
            self.guard.changed()

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads one moment, also while nothing can be written."""
        self._complete()
        with reading(self.path) as connection:
            yield connection

    # -- inside ----------------------------------------------------------------------------------

    def _script(self) -> str:
        return self.CREATE + _undone(self.TABLE)

    def _place(self) -> tuple[int, int]:
        """Which file lies at the path; StorageError when there is none."""
        with label_file_errors(self.path):
            status = self.path.stat()
        return status.st_dev, status.st_ino

    def _complete(self) -> None:
        """A file that was put in the place of the one before may be of an older Winnow."""
        place = self._place()
        if place != self._prepared:
            prepare(self.path, self._script())
            self._prepared = place

    def _size(self, batch_id: str) -> int:
        """How many events of a batch are in force."""
        query = f"SELECT COUNT(*) FROM {self.TABLE} WHERE batch_id = ? AND undone_by IS NULL"
        with self.look() as connection:
            return int(connection.execute(query, (batch_id,)).fetchone()[0])

    def moment(self, connection: sqlite3.Connection) -> tuple[Version, tuple[int, int]]:
        """See `FollowedLog.moment`.

        The inode and user_version: another log lies there, or a backup was put back into it.
        """
        row = connection.execute(
            f"SELECT (SELECT COALESCE(MAX(seq), 0) FROM {self.TABLE}),"
            f" (SELECT COALESCE(MAX(n), 0) FROM {self.TABLE}_undone)"
        ).fetchone()
        restored = connection.execute("PRAGMA user_version").fetchone()[0]
        return (row[0], row[1]), (self.path.stat().st_ino, restored)

    def events_after(self, connection: sqlite3.Connection, seq: int) -> list[Row]:
        """See `FollowedLog.events_after`."""
        return self._read(connection, "seq > ?", (seq,))

    def touched(self, connection: sqlite3.Connection, undos: int) -> tuple[list[Row], list[Row]]:
        """See `FollowedLog.touched`."""
        names = ", ".join(self.COLUMNS[: self.SUBJECT])
        query = (
            f"SELECT DISTINCT {names} FROM {self.TABLE}"
            f" WHERE seq IN (SELECT seq FROM {self.TABLE}_undone WHERE n > ?)"
        )
        subjects = connection.execute(query, (undos,)).fetchall()
        return subjects, self._read(connection, f"({names}) IN ({query})", (undos,))

    def _read(self, connection: sqlite3.Connection, where: str, values: Row) -> list[Row]:
        return connection.execute(
            f"SELECT {', '.join(self.COLUMNS)} FROM {self.TABLE}"
            f" WHERE undone_by IS NULL AND {where} ORDER BY seq",
            values,
        ).fetchall()


def _undone(table: str) -> str:
    """A log of undos, kept by a trigger, so that undos are seen as cheaply as events."""
    return f"""
CREATE TABLE IF NOT EXISTS {table}_undone (
    n   INTEGER PRIMARY KEY AUTOINCREMENT,
    seq INTEGER NOT NULL
);
CREATE TRIGGER IF NOT EXISTS {table}_undoing AFTER UPDATE OF undone_by ON {table}
WHEN NEW.undone_by IS NOT OLD.undone_by
BEGIN
    INSERT INTO {table}_undone (seq) VALUES (NEW.seq);
END;
"""
