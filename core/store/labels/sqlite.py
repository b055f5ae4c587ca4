"""Labels: append-only events in SQLite, the only truth about what people said."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import NoneType
from typing import get_args

from core.store.backups.guard import UNGUARDED, Guard
from core.store.labels import claims, kinds
from core.store.labels.answers import EVENT, Labels, Past, Undo
from core.store.labels.base import Kind, Label, LogEntry
from core.store.labels.claims import CLAIM_SECONDS, Claims
from core.store.labels.log import Row, SqliteLog

_KINDS = frozenset(get_args(Kind))
# When a batch was taken back. Of what was taken back before such times were kept, none is known:
# it counts as never said.
_UNDONE = "(SELECT batch_id AS batch, MAX(time) AS at FROM undos GROUP BY batch_id)"


class LabelStore(SqliteLog[str, Label], Labels):
    """The labels of one workspace. Safe for several threads and processes."""

    TABLE = "events"
    CREATE = (
        """
CREATE TABLE IF NOT EXISTS events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id   TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (
        kind IN ('label', 'skip', 'unsure', 'none', 'unusable', 'clear')
    ),
    class      TEXT CHECK ((kind = 'label') = (class IS NOT NULL)),
    annotator  TEXT NOT NULL,
    time       REAL NOT NULL,
    source     TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    client     TEXT NOT NULL,
    client_seq INTEGER NOT NULL,
    undone_by  TEXT,
    UNIQUE (client, client_seq)
);
CREATE INDEX IF NOT EXISTS events_batch ON events (batch_id);
CREATE INDEX IF NOT EXISTS events_image ON events (image_id);
CREATE TABLE IF NOT EXISTS undos (
    client     TEXT NOT NULL,
    client_seq INTEGER NOT NULL,
    batch_id   TEXT NOT NULL,
    annotator  TEXT NOT NULL,
    time       REAL NOT NULL,
    UNIQUE (client, client_seq)
);
"""
        + claims.CREATE
    )

    def __init__(self, path: Path, guard: Guard = UNGUARDED) -> None:
        super().__init__(path, guard)
        self._claims = Claims()

    @property
    def place(self) -> str:
        """See `Labels.place`."""
        return str(self.path)

    def admit(
        self, connection: sqlite3.Connection, columns: Sequence[str], rows: list[Row]
    ) -> None:
        """See `SqliteLog.admit`."""
        place = columns.index("kind")
        self._allow(connection, {row[place] for row in rows})

    def _allow(self, connection: sqlite3.Connection, wanted: set[str]) -> None:
        kinds.allow(connection, self.TABLE, self._script(), wanted & _KINDS)

    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """See `Labels.record`."""
        now = time.time()
        with self.connect() as connection:
            self._allow(connection, {entry.kind for entry in log})
            stored = self.numbers(connection, client, [entry.seq for entry in log])
            for entry in sorted(log, key=lambda entry: entry.seq):
                if entry.kind == "undo" or entry.seq in stored:
                    continue
                batch = f"{client}:{entry.batch or entry.seq}"
                label = entry.label if entry.kind == "label" else None
                row = (entry.image_id, entry.kind, label, annotator, now, source, batch)
                connection.execute(self.insert(EVENT), (*row, client, entry.seq))
            undos = [entry for entry in log if entry.kind == "undo"]
            connection.executemany(
                "INSERT INTO undos VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(client, e.seq, f"{client}:{e.target}", annotator, now) for e in undos],
            )
            self._take_back(connection, client, log)
            return self.last_number(connection, client)

    def _take_back(
        self, connection: sqlite3.Connection, client: str, log: Sequence[LogEntry]
    ) -> None:
        """Undo what the client has undone among the strokes of a log, whichever came first."""
        strokes = {f"{client}:{e.target or e.batch or e.seq}" for e in log}
        undone = connection.execute(
            "SELECT annotator, batch_id FROM undos WHERE client = ?", (client,)
        ).fetchall()
        connection.executemany(
            "UPDATE events SET undone_by = ? WHERE batch_id = ? AND undone_by IS NULL",
            [undo for undo in undone if undo[1] in strokes],
        )

    def took_back(self, connection: sqlite3.Connection, batch_id: str, annotator: str) -> None:
        """See `SqliteLog.took_back`."""
        connection.execute(
            "INSERT INTO undos VALUES (?, 1, ?, ?, ?)",
            (uuid.uuid4().hex, batch_id, annotator, time.time()),
        )

    def claim(
        self, ids: Sequence[str], client: str, seconds: float = CLAIM_SECONDS, since: int = 0
    ) -> list[str]:
        """See `Labels.claim`."""
        with self.connect() as connection:
            return self._claims.take(connection, ids, client, seconds, since)

    def claimed_by_others(self, client: str) -> set[str]:
        """See `Labels.claimed_by_others`."""
        with self.look() as connection:
            return self._claims.of_others(connection, client)

    def answer_to(self, client: str, number: int) -> tuple[str, str, str | None] | None:
        """See `Labels.answer_to`."""
        with self.look() as connection:
            row = connection.execute(
                "SELECT image_id, kind, class FROM events WHERE client = ? AND client_seq = ?",
                (client, number),
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def undos(self, since: float, until: float) -> list[Undo]:
        """See `Labels.undos`."""
        with self.look() as connection:
            rows = connection.execute(
                "SELECT annotator, time, batch_id FROM undos WHERE time >= ? AND time < ?"
                " ORDER BY time",
                (since, until),
            )
            return [Undo(*row) for row in rows]

    def past(self, moment: float) -> Past:
        """See `Labels.past`."""
        touched = (
            "SELECT image_id FROM events WHERE time > ?1 UNION SELECT e.image_id FROM events e"
            f" JOIN {_UNDONE} u ON u.batch = e.batch_id WHERE e.undone_by IS NOT NULL AND u.at > ?1"
        )
        with self.look() as connection:
            images = [row[0] for row in connection.execute(touched, (moment,))]
            rows = connection.execute(
                f"SELECT e.{', e.'.join(self.COLUMNS)} FROM events e"
                f" LEFT JOIN {_UNDONE} u ON u.batch = e.batch_id"
                " WHERE e.time <= ?1 AND (e.undone_by IS NULL OR u.at > ?1)"
                f" AND e.image_id IN ({touched}) ORDER BY e.seq",
                (moment,),
            ).fetchall()
            answers = connection.execute(
                "SELECT annotator, COUNT(*) FROM events WHERE time > ? AND undone_by IS NULL"
                " GROUP BY annotator",
                (moment,),
            ).fetchall()
            undone = connection.execute(
                "SELECT annotator, COUNT(DISTINCT batch_id) FROM undos WHERE time > ? GROUP BY 1",
                (moment,),
            ).fetchall()
        return Past(images, rows, dict(answers), dict(undone))

    def last_number(self, connection: sqlite3.Connection, client: str) -> int:
        """See `SqliteLog.last_number`; undos have numbers too."""
        row = connection.execute(
            "SELECT MAX(client_seq) FROM (SELECT client_seq FROM events WHERE client = ?1"
            " UNION ALL SELECT client_seq FROM undos WHERE client = ?1)",
            (client,),
        ).fetchone()
        return row[0] or 0

    def opinion(self, row: Row) -> tuple[str, str, Label]:
        """See `FollowedLog.opinion`; a file may be damaged."""
        label = Label(*row)
        texts = (label.image_id, label.annotator, label.source)
        whole = isinstance(label.time, float) and label.kind in _KINDS
        if not whole or not all(isinstance(text, str) for text in texts):
            raise sqlite3.DatabaseError("an event without an image, a person or a time")
        if not isinstance(label.label, str if label.kind == "label" else NoneType):
            raise sqlite3.DatabaseError("an event whose class is none")
        return label.image_id, label.annotator, label
