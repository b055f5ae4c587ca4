"""What people say of single tags: append-only yes and no beside the labels, in the same file.

A class label says which one; a tag label says whether, for one tag, so the two are kept apart. The
rules are those of `labels.py`: each annotator's latest event that was not undone counts; between
annotators the majority, and in a tie the most recent.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.runtime.errors import WinnowError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tag_events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id   TEXT NOT NULL,
    tag        TEXT NOT NULL,
    value      INTEGER CHECK (value IN (0, 1)),
    annotator  TEXT NOT NULL,
    time       REAL NOT NULL,
    source     TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    client     TEXT NOT NULL,
    client_seq INTEGER NOT NULL,
    undone_by  TEXT,
    UNIQUE (client, client_seq)
);
CREATE INDEX IF NOT EXISTS tag_events_batch ON tag_events (batch_id);
"""


@dataclass(frozen=True, slots=True)
class TagEvent:
    """Whether an image has a tag; None takes back what this annotator said of it."""

    image_id: str
    tag: str
    value: bool | None


class TagLabelStore:
    """The tag labels of one workspace. Safe for several threads and processes."""

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
        events: Sequence[TagEvent],
        annotator: str,
        source: str,
        client: str | None = None,
        first_seq: int = 0,
    ) -> str:
        """Store events in one transaction and return the batch id that undoes them together.

        When this returns, they are on disk. Events number from ``first_seq``; those whose number
        this ``client`` has sent before are ignored, so a browser may send them again.
        """
        client = client or uuid.uuid4().hex
        batch = uuid.uuid4().hex
        now = time.time()
        rows = [
            (
                event.image_id,
                event.tag,
                None if event.value is None else int(event.value),
                annotator,
                now,
                source,
                batch,
                client,
                number,
            )
            for number, event in enumerate(events, start=first_seq)
        ]
        with self._connect() as connection:
            connection.executemany(
                "INSERT INTO tag_events (image_id, tag, value, annotator, time, source, batch_id,"
                " client, client_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (client, client_seq) DO NOTHING",
                rows,
            )
        return batch

    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """Take a batch back; returns the image ids it touched (empty: nothing left to undo)."""
        with self._connect() as connection:
            rows = connection.execute(
                "UPDATE tag_events SET undone_by = ? WHERE batch_id = ? AND undone_by IS NULL"
                " RETURNING image_id",
                (annotator, batch_id),
            ).fetchall()
        return [row[0] for row in rows]

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """Say of the tag ``new`` what is said of ``old``; one batch, so one undo."""
        said = self.current().get(old, {})
        events = [TagEvent(image_id, new, value) for image_id, value in said.items()]
        return self.add(events, annotator, source="rename") if events else None

    def last_batch(self, annotator: str) -> str | None:
        """The latest batch of ``annotator`` that is not undone."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT batch_id FROM tag_events WHERE annotator = ? AND undone_by IS NULL"
                " ORDER BY seq DESC LIMIT 1",
                (annotator,),
            ).fetchone()
        return row[0] if row else None

    def current(self) -> dict[str, dict[str, bool]]:
        """Tag → image id → whether it has the tag, for all that somebody has said."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT tag, image_id, annotator, value FROM tag_events"
                " WHERE undone_by IS NULL ORDER BY seq"
            ).fetchall()
        opinions: dict[tuple[str, str], dict[str, int | None]] = {}
        for tag, image_id, annotator, value in rows:
            said = opinions.setdefault((tag, image_id), {})
            said.pop(annotator, None)  # re-inserted last: dicts keep the order of time
            said[annotator] = value
        result: dict[str, dict[str, bool]] = {}
        for (tag, image_id), said in opinions.items():
            votes = [bool(value) for value in said.values() if value is not None]
            if votes:
                yes = sum(votes)
                tied = 2 * yes == len(votes)
                result.setdefault(tag, {})[image_id] = votes[-1] if tied else 2 * yes > len(votes)
        return result

    def version(self) -> tuple[int, int]:
        """A value that changes with every event and every undo, in any process."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT COALESCE(MAX(seq), 0), COUNT(undone_by) FROM tag_events"
            ).fetchone()
        return (row[0], row[1])

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # A connection a call: SQLite ties them to threads, and opening one costs 0.1 ms.
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            # FULL: in WAL mode the default may lose the last commits when the power fails.
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                yield connection
