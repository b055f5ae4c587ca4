"""Labels: append-only events in SQLite, the only truth about what people said."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import get_args

from core.runtime.errors import WinnowError
from core.runtime.spelling import fault, same
from core.store.backups.guard import MANY, UNGUARDED, Guard
from core.store.labels import claims, kinds
from core.store.labels.base import Event, Kind, Label, LogEntry, Version, resolved_label
from core.store.labels.claims import CLAIM_SECONDS, Claims
from core.store.labels.log import Row, SqliteLog

_KINDS = frozenset(get_args(Kind))
_EVENT = (
    "image_id", "kind", "class", "annotator", "time", "source", "batch_id", "client", "client_seq",
)  # fmt: skip


class LabelStore(SqliteLog[str, Label]):
    """The labels of one workspace. Safe for several threads and processes."""

    TABLE = "events"
    COLUMNS = ("image_id", "class", "kind", "annotator", "time", "source")
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
    _classes: tuple[Version, dict[str, str]] | None = None

    def __init__(self, path: Path, guard: Guard = UNGUARDED) -> None:
        super().__init__(path, guard)
        self._claims = Claims()

    def add(
        self,
        events: Sequence[Event],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """See `core.store.labels.base.EventStore.add`."""
        for name in {event.label for event in events if event.label is not None}:
            if reason := fault(name):
                raise WinnowError(
                    f"The label {name[:40]!r} {reason}: nothing was saved, choose another name."
                )
        rows = [(e.image_id, e.kind, e.label, e.client_seq) for e in events]
        return self.store(("image_id", "kind", "class"), rows, annotator, source, client, batch_id)

    def admit(
        self, connection: sqlite3.Connection, columns: Sequence[str], rows: list[Row]
    ) -> None:
        """See `SqliteLog.admit`."""
        place = columns.index("kind")
        self._allow(connection, {row[place] for row in rows})

    def _allow(self, connection: sqlite3.Connection, wanted: set[str]) -> None:
        kinds.allow(connection, self.TABLE, self._script(), wanted & _KINDS)

    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """Store what a labeling client sends, in one transaction.

        A client sends its answers until they are acknowledged, perhaps from several tabs and to
        several servers, so they may come more than once, in parts and in any order: each number
        of a client is stored once, and an undo takes its target back whenever that comes.

        Returns:
            The highest number stored for the client.
        """
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
                connection.execute(self.insert(_EVENT), (*row, client, entry.seq))
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
        """Reserve images for one client, so that people who label at once see different ones.

        Args:
            ids: images wanted, in order; those that ``client`` holds already are held longer.
            seconds: from now until the reservation ends by itself.
            since: the last event that whoever asks knows of: answers up to it are no reason not to
                ask again, such as those of a class that was removed.

        Returns:
            The ids that are now ``client``'s, in the order given: without those that another
            client holds and those that anybody has answered in the meantime.
        """
        with self.connect() as connection:
            return self._claims.take(connection, ids, client, seconds, since)

    def claimed_by_others(self, client: str) -> set[str]:
        """Images that other clients hold now."""
        with self.look() as connection:
            return self._claims.of_others(connection, client)

    def current(self) -> Mapping[str, Label]:
        """What counts for every image that has at least one answer in force, by image id."""
        return self.state().values

    def classes(self) -> dict[str, str]:
        """Image id → class, for the images whose label counts. Read-only."""
        state = self.state()
        if self._classes is None or self._classes[0] != state.version:
            values = {
                i: label.label for i, label in state.values.items() if label.label is not None
            }
            self._classes = (state.version, values)
        return self._classes[1]

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """See `EventStore.rename`; ``annotator`` renames what others said, too: see `relabel`."""
        return self.relabel({old: new}, "rename")

    def relabel(self, moves: Mapping[str, str], source: str, anew: bool = False) -> str | None:
        """Say other classes wherever somebody says some: one batch, so one undo.

        Each person's own answer moves, so that people who agree agree afterwards, and what counts
        among several answers stays what counted.

        Args:
            moves: class, in any spelling that reads the same → class.
            anew: say it anew where the class stays the same, too.

        Returns:
            The batch; None where nobody said any of the classes.
        """
        new_of = {same(old): new for old, new in moves.items()}
        batch, now = uuid.uuid4().hex, time.time()
        rows: list[Row] = []
        for image_id, answers in self.answers().items():
            moved = [new_of.get(same(a.label)) if a.label else None for a in answers]
            if not anew:
                labels = [answer.label for answer in answers]
                moved = [n if n != old else None for n, old in zip(moved, labels, strict=True)]
            if not any(moved):
                continue
            # Later answers of others are given anew as they were: the order decides a tie.
            first = next(place for place, new in enumerate(moved) if new)
            for answer, new in zip(answers[first:], moved[first:], strict=True):
                label, origin = new or answer.label, source if new else answer.source
                row = (image_id, answer.kind, label, answer.annotator, now, origin, batch)
                rows.append(row)
        if not rows:
            return None
        if len(rows) >= MANY:
            self.guard.before(f"{len(rows):,} labels ({source})")
        with self.connect() as connection:
            values = [(*row, batch, number) for number, row in enumerate(rows, 1)]
            connection.executemany(self.insert(_EVENT), values)
        return batch

    def last_number(self, connection: sqlite3.Connection, client: str) -> int:
        """See `SqliteLog.last_number`; undos have numbers too."""
        row = connection.execute(
            "SELECT MAX(client_seq) FROM (SELECT client_seq FROM events WHERE client = ?1"
            " UNION ALL SELECT client_seq FROM undos WHERE client = ?1)",
            (client,),
        ).fetchone()
        return row[0] or 0

    def opinion(self, row: Row) -> tuple[str, str, Label]:
        """See `SqliteLog.opinion`."""
        label = Label(*row)
        texts = (label.image_id, label.annotator, label.source)
        whole = isinstance(label.time, float) and label.kind in _KINDS
        if not whole or not all(isinstance(text, str) for text in texts):
            raise sqlite3.DatabaseError("an event without an image, a person or a time")
        if not isinstance(label.label, str if label.kind == "label" else NoneType):
            raise sqlite3.DatabaseError("an event whose class is none")
        return label.image_id, label.annotator, label

    def resolve(self, opinions: Sequence[Label]) -> Label | None:
        """See `SqliteLog.resolve`."""
        return resolved_label(opinions)
