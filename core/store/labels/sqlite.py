"""Labels: append-only events in SQLite, the only truth about what people said."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence

from core.store.labels.base import Event, Label, LogEntry, Version, resolved_label
from core.store.labels.log import Row, SqliteLog

CLAIM_SECONDS = 600.0
"""How long an image stays reserved for a client that is not heard of again."""

_EVENT = (
    "image_id", "kind", "class", "annotator", "time", "source", "batch_id", "client", "client_seq",
)  # fmt: skip


class LabelStore(SqliteLog[str, Label]):
    """The labels of one workspace. Safe for several threads and processes."""

    TABLE = "events"
    COLUMNS = ("image_id", "class", "kind", "annotator", "time", "source")
    CREATE = """
CREATE TABLE IF NOT EXISTS events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id   TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('label', 'skip', 'unsure', 'clear')),
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
CREATE TABLE IF NOT EXISTS claims (
    image_id TEXT PRIMARY KEY,
    client   TEXT NOT NULL,
    until    REAL NOT NULL
);
"""
    _classes: tuple[Version, dict[str, str]] | None = None

    def add(
        self,
        events: Sequence[Event],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """See `core.store.labels.base.EventStore.add`."""
        rows = [(e.image_id, e.kind, e.label, e.client_seq) for e in events]
        return self.store(("image_id", "kind", "class"), rows, annotator, source, client, batch_id)

    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """Store what a labeling client sends, in one transaction.

        The client sends its whole unacknowledged log each time; entries stored before are ignored,
        so nothing is lost and nothing counted twice however often an answer gets lost.

        Returns:
            The highest number stored, to be acknowledged to the client.
        """
        now = time.time()
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = self.last_number(connection, client)
            for entry in sorted(log, key=lambda entry: entry.seq):
                if entry.seq <= last:
                    continue
                if entry.kind == "undo":
                    batch = f"{client}:{entry.target}"
                    connection.execute(
                        "INSERT INTO undos VALUES (?, ?, ?, ?, ?)",
                        (client, entry.seq, batch, annotator, now),
                    )
                    connection.execute(
                        "UPDATE events SET undone_by = ? WHERE batch_id = ? AND undone_by IS NULL",
                        (annotator, batch),
                    )
                else:
                    batch = f"{client}:{entry.batch or entry.seq}"
                    label = entry.label if entry.kind == "label" else None
                    row = (entry.image_id, entry.kind, label, annotator, now, source, batch)
                    connection.execute(self.insert(_EVENT), (*row, client, entry.seq))
            return self.last_number(connection, client)

    def claim(self, ids: Sequence[str], client: str, seconds: float = CLAIM_SECONDS) -> list[str]:
        """Reserve images for one client, so that people who label at once see different ones.

        Args:
            ids: images wanted, in order; those that ``client`` holds already are held longer.
            seconds: from now until the reservation ends by itself.

        Returns:
            The ids that are now ``client``'s, in the order given: without those that another
            client holds and those that anybody has answered in the meantime.
        """
        now = time.time()
        wanted = json.dumps(list(ids))
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM claims WHERE until < ?", (now,))
            connection.execute(
                "INSERT INTO claims SELECT value, ?, ? FROM json_each(?)"
                " WHERE value NOT IN (SELECT image_id FROM events WHERE undone_by IS NULL)"
                " ON CONFLICT (image_id) DO UPDATE SET until = excluded.until"
                " WHERE client = excluded.client",
                (client, now + seconds, wanted),
            )
            rows = connection.execute(
                "SELECT image_id FROM claims JOIN json_each(?) ON value = image_id"
                " WHERE client = ? AND image_id NOT IN"
                " (SELECT image_id FROM events WHERE undone_by IS NULL)",
                (wanted, client),
            ).fetchall()
        mine = {row[0] for row in rows}
        return [image_id for image_id in ids if image_id in mine]

    def claimed_by_others(self, client: str) -> set[str]:
        """Images that other clients hold now."""
        with self.connect() as connection:
            rows = connection.execute(
                "SELECT image_id FROM claims WHERE client != ? AND until >= ?",
                (client, time.time()),
            ).fetchall()
        return {row[0] for row in rows}

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
        """Give every image now labeled ``old`` the class ``new``; one batch, so one undo."""
        events = [Event(i, new) for i, label in self.classes().items() if label == old]
        return self.add(events, annotator, source="rename") if events else None

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
        return label.image_id, label.annotator, label

    def resolve(self, opinions: Sequence[Label]) -> Label | None:
        """See `SqliteLog.resolve`."""
        return resolved_label(opinions)
