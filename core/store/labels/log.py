"""An append-only log in SQLite, followed and not reread: what labels and tag labels have in common.

The last answers that count are kept in memory. A look at them asks SQLite for two numbers, the last
event and the last undo, and reads only the events that came since, of this process or another.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar, Generic

from core.store.backups.guard import MANY, UNGUARDED, Guard
from core.store.labels.base import LogState, Subject, Value, Version
from core.store.labels.faults import label_file_errors
from core.store.labels.opening import prepare, reading, writing

Row = tuple[Any, ...]


class SqliteLog(Generic[Subject, Value]):
    """One log of events of a workspace. Safe for several threads and processes.

    A subclass names its table, says which columns an answer is made of and how the answers of
    several people become one.

    Attributes:
        rows_read: events read from the file since it was opened.
    """

    TABLE: ClassVar[str]
    COLUMNS: ClassVar[tuple[str, ...]]
    """What is read of an event, the columns of the subject first."""
    SUBJECT: ClassVar[int] = 1
    """How many of them make the subject."""
    CREATE: ClassVar[str]

    def __init__(self, path: Path, guard: Guard = UNGUARDED) -> None:
        self.path = path
        self.guard = guard
        self.rows_read = 0
        # Inode and user_version: another log lies there, or a backup was put back into it.
        self._file = (0, 0)
        self._lock = RLock()
        self._opinions: dict[Subject, dict[str, Any]] = {}
        self._journal: list[Subject] = []
        self._state: LogState[Subject, Value] = LogState((0, 0), {}, self._journal, 0)
        self._prepared = (0, 0)
        prepare(path, self._script())
        self._prepared = self._place()

    # -- what a subclass says --------------------------------------------------------------------

    def opinion(self, row: Row) -> tuple[Subject, str, Any]:
        """Subject, annotator and answer of a row of `COLUMNS`."""
        raise NotImplementedError

    def resolve(self, opinions: Sequence[Any]) -> Value | None:
        """What counts, from each annotator's latest answer, oldest first; None for nothing."""
        raise NotImplementedError

    # -- reading ---------------------------------------------------------------------------------

    def state(self) -> LogState[Subject, Value]:
        """What counts now, with the version it belongs to."""
        with self._lock, self.look() as connection:
            version, file = self._version(connection), self._identity(connection)
            if version == self._state.version and file == self._file:
                return self._state
            last, undos = self._state.version
            if version < (last, undos) or file != self._file:  # another log lies there now
                self._file, last, undos = file, 0, 0
                self._opinions, self._journal = {}, []
            changed: dict[Subject, None] = {}
            if last and version[1] > undos:
                changed |= dict.fromkeys(self._forgotten(connection, undos))
            changed |= dict.fromkeys(self._heard(self._read(connection, "seq > ?", (last,))))
            self._state = self._next(version, changed)
            return self._state

    def answers(self) -> dict[Subject, list[Any]]:
        """Each annotator's latest answer in force, oldest first, by subject."""
        with self._lock:
            self.state()
            return {subject: list(own.values()) for subject, own in self._opinions.items()}

    def version(self) -> Version:
        """See `core.store.labels.base.Version`."""
        with self.look() as connection:
            return self._version(connection)

    def ever(self) -> int:
        """How many events the file was ever given: none of them is deleted, so it never falls."""
        with self.look() as connection:
            query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
            row = connection.execute(query, (self.TABLE,)).fetchone()
            return int(row[0]) if row else 0

    def acknowledged(self, client: str) -> int:
        """The highest number stored for ``client``; 0 when there is none."""
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
        """Take a batch back; returns the image ids it touched (empty: nothing left to undo)."""
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

    def store(
        self,
        columns: Sequence[str],
        rows: Iterable[Row],
        annotator: str,
        source: str,
        client: str | None,
        batch_id: str | None,
    ) -> str:
        """Store events in one transaction and return their batch id.

        Args:
            columns: names of a row's values, but for the last, which is the client's number of it;
                None is its place in ``rows``.
        """
        client, batch_id = client or uuid.uuid4().hex, batch_id or uuid.uuid4().hex
        shared = (annotator, time.time(), source, batch_id, client)
        names = [*columns, "annotator", "time", "source", "batch_id", "client", "client_seq"]
        values = [
            (*row[:-1], *shared, place if row[-1] is None else row[-1])
            for place, row in enumerate(rows)
        ]
        if len(values) >= MANY:
            self.guard.before(f"{len(values):,} labels ({source})")
        with self.connect() as connection:
            self.admit(connection, names, values)
            connection.executemany(self.insert(names), values)
        return batch_id

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

    def _identity(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """What differs when the events of a moment ago may not be the ones there now."""
        restored = connection.execute("PRAGMA user_version").fetchone()[0]
        return self.path.stat().st_ino, restored

    def _version(self, connection: sqlite3.Connection) -> Version:
        row = connection.execute(
            f"SELECT (SELECT COALESCE(MAX(seq), 0) FROM {self.TABLE}),"
            f" (SELECT COALESCE(MAX(n), 0) FROM {self.TABLE}_undone)"
        ).fetchone()
        return (row[0], row[1])

    def _read(self, connection: sqlite3.Connection, where: str, values: Row) -> list[Row]:
        rows = connection.execute(
            f"SELECT {', '.join(self.COLUMNS)} FROM {self.TABLE}"
            f" WHERE undone_by IS NULL AND {where} ORDER BY seq",
            values,
        ).fetchall()
        self.rows_read += len(rows)
        return rows

    def _forgotten(self, connection: sqlite3.Connection, undos: int) -> Iterator[Subject]:
        """Read anew what is said of the subjects of newly undone events; yields the subjects."""
        names = ", ".join(self.COLUMNS[: self.SUBJECT])
        touched = (
            f"SELECT DISTINCT {names} FROM {self.TABLE}"
            f" WHERE seq IN (SELECT seq FROM {self.TABLE}_undone WHERE n > ?)"
        )
        subjects: list[Any] = connection.execute(touched, (undos,)).fetchall()
        if self.SUBJECT == 1:
            subjects = [values[0] for values in subjects]
        for subject in subjects:
            self._opinions.pop(subject, None)
        # Events that are new as well are heard twice, which changes nothing.
        for _ in self._heard(self._read(connection, f"({names}) IN ({touched})", (undos,))):
            pass
        yield from subjects

    def _heard(self, rows: Iterable[Row]) -> Iterator[Subject]:
        for row in rows:
            subject, annotator, answer = self.opinion(row)
            own = self._opinions.setdefault(subject, {})
            own.pop(annotator, None)  # re-inserted last: dicts keep the order of time
            own[annotator] = answer
            yield subject

    def _next(self, version: Version, changed: Iterable[Subject]) -> LogState[Subject, Value]:
        """The state after changes; the one before stays as it is, somebody may be looking at it."""
        fresh = self._journal is self._state.journal
        values: dict[Subject, Value] = dict(self._state.values) if fresh else {}
        for subject in changed:
            opinions = self._opinions.get(subject)
            value = self.resolve(list(opinions.values())) if opinions else None
            # Re-inserted last where it changed, so that the order is that of the last change.
            values.pop(subject, None)
            if value is not None:
                values[subject] = value
            self._journal.append(subject)
        return LogState(version, values, self._journal, len(self._journal))


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
