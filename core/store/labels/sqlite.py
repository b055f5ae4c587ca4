"""Labels: append-only events in SQLite, the only truth about what people said.

An event belongs to an image (its content id), so labels survive renames, moves and a change of
encoder. What counts for an image: each annotator's latest event that was not undone; between
annotators the majority, and in a tie the most recent.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.runtime.errors import WinnowError

Kind = Literal["label", "skip", "unsure", "clear"]

_SCHEMA = """
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
CLAIM_SECONDS = 600.0
"""How long an image stays reserved for a client that is not heard of again."""

_INSERT = (
    "INSERT INTO events (image_id, kind, class, annotator, time, source, batch_id, client,"
    " client_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client, client_seq) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person said about an image. ``label`` is the class when ``kind`` is "label"."""

    image_id: str
    label: str | None
    kind: Kind = "label"
    client_seq: int | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One press of a key in a labeling client, numbered from 1 without gaps.

    ``kind`` "undo" takes back what the entry numbered ``target`` of the same client said. Entries
    with the same ``batch`` were one stroke and are undone together; ``target`` is then that number.
    """

    seq: int
    image_id: str
    kind: Kind | Literal["undo"]
    label: str | None = None
    target: int | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What counts for an image now. ``time`` in seconds since the epoch."""

    image_id: str
    label: str | None
    kind: Kind
    annotator: str
    time: float
    source: str
    conflict: bool = False


class LabelStore:
    """The labels of one workspace. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connect() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise WinnowError(
                f"The label file {path} cannot be opened ({error}): check that its folder can be "
                "written and that the file is a Winnow label file."
            ) from error

    def add(
        self,
        events: Sequence[Event],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """Store events in one transaction and return the batch id that undoes them together.

        When this returns, the events are on disk. An event whose ``client_seq`` this ``client`` has
        sent before is ignored, so a browser may send its log again after a lost answer.
        """
        client = client or uuid.uuid4().hex
        batch_id = batch_id or uuid.uuid4().hex
        now = time.time()
        rows = [
            (
                event.image_id,
                event.kind,
                event.label,
                annotator,
                now,
                source,
                batch_id,
                client,
                index if event.client_seq is None else event.client_seq,
            )
            for index, event in enumerate(events)
        ]
        with self._connect() as connection:
            connection.executemany(_INSERT, rows)
        return batch_id

    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """Store what a labeling client sends, in one transaction.

        The client sends its whole unacknowledged log each time; entries stored before are ignored,
        so nothing is lost and nothing counted twice however often an answer gets lost.

        Returns:
            The highest number stored, to be acknowledged to the client.
        """
        now = time.time()
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = _acknowledged(connection, client)
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
                    connection.execute(_INSERT, (*row, client, entry.seq))
            return _acknowledged(connection, client)

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
        with self._connect() as connection:
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
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT image_id FROM claims WHERE client != ? AND until >= ?",
                (client, time.time()),
            ).fetchall()
        return {row[0] for row in rows}

    def acknowledged(self, client: str) -> int:
        """The highest number stored for ``client``; 0 when there is none."""
        with self._connect() as connection:
            return _acknowledged(connection, client)

    def last_batch(self, annotator: str) -> str | None:
        """The latest batch of ``annotator`` that is not undone."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT batch_id FROM events WHERE annotator = ? AND undone_by IS NULL"
                " ORDER BY seq DESC LIMIT 1",
                (annotator,),
            ).fetchone()
        return row[0] if row else None

    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """Take a batch back; returns the image ids it touched (empty: nothing left to undo)."""
        with self._connect() as connection:
            rows = connection.execute(
                "UPDATE events SET undone_by = ? WHERE batch_id = ? AND undone_by IS NULL"
                " RETURNING image_id",
                (annotator, batch_id),
            ).fetchall()
        return [row[0] for row in rows]

    def current(self) -> dict[str, Label]:
        """What counts for every image that has at least one event in force, by image id."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT image_id, class, kind, annotator, time, source FROM events"
                " WHERE undone_by IS NULL ORDER BY seq"
            ).fetchall()
        opinions: dict[str, dict[str, Label]] = {}
        for image_id, *rest in rows:
            label = Label(image_id, *rest)
            per_image = opinions.setdefault(image_id, {})
            per_image.pop(label.annotator, None)  # re-inserted last: dicts keep the order of time
            per_image[label.annotator] = label
        resolved = {i: _resolve(list(said.values())) for i, said in opinions.items()}
        return {i: label for i, label in resolved.items() if label.kind != "clear"}

    def classes(self) -> dict[str, str]:
        """Image id → class, for the images whose label counts."""
        return {i: label.label for i, label in self.current().items() if label.label is not None}

    def version(self) -> tuple[int, int]:
        """A value that changes with every event and every undo, in any process."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT COALESCE(MAX(seq), 0), COUNT(undone_by) FROM events"
            ).fetchone()
        return (row[0], row[1])

    def rename_class(self, old: str, new: str, annotator: str) -> str | None:
        """Give every image now labeled ``old`` the class ``new``; one batch, so one undo."""
        events = [Event(i, new) for i, label in self.classes().items() if label == old]
        return self.add(events, annotator, source="rename") if events else None

    def digest(self) -> str:
        """Hex digest of the labels that count."""
        return labels_digest(self.classes())

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # A connection a call: SQLite ties them to threads, and opening one costs 0.1 ms.
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            # FULL: in WAL mode the default may lose the last commits when the power fails.
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                yield connection


def labels_digest(classes: Mapping[str, str]) -> str:
    """Hex digest of labels, image id → class, whatever their order."""
    lines = sorted(f"{image_id}\t{label}" for image_id, label in classes.items())
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _acknowledged(connection: sqlite3.Connection, client: str) -> int:
    row = connection.execute(
        "SELECT MAX(client_seq) FROM (SELECT client_seq FROM events WHERE client = ?1"
        " UNION ALL SELECT client_seq FROM undos WHERE client = ?1)",
        (client,),
    ).fetchone()
    return row[0] or 0


def _resolve(opinions: list[Label]) -> Label:
    """One label from each annotator's latest, oldest first."""
    votes = [o for o in opinions if o.kind == "label"]
    if not votes:
        return opinions[-1]
    counts = Counter(vote.label for vote in votes)
    best = max(counts.values())
    winner = next(vote for vote in reversed(votes) if counts[vote.label] == best)
    if len(counts) == 1:
        return winner
    return Label(
        winner.image_id,
        winner.label,
        "label",
        winner.annotator,
        winner.time,
        winner.source,
        conflict=True,
    )
