"""Claims of images: who is asked about which, so that people who label at once see different ones.

A claim ends by itself. The wall clock has no say in that: set back, it would block images for good;
set forward, it would hand them out twice. A claim of this machine ends by the machine's monotonic
clock, or with the process that made it. One of another machine, or from before this one started
anew, ends when this process has seen it unchanged for as long as a claim lasts, as the leases of
distributed locks do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from threading import Lock

from core.runtime import processes

CLAIM_SECONDS = 600.0
"""How long an image stays reserved for a client that is not heard of again."""

CREATE = """
CREATE TABLE IF NOT EXISTS reservations (
    image_id TEXT PRIMARY KEY,
    client   TEXT NOT NULL,
    clock    TEXT NOT NULL,
    process  TEXT NOT NULL,
    until    REAL NOT NULL
);
"""
Row = tuple[str, str, str, str, float]


class Claims:
    """The claims of one label file, as one process sees them. Safe for several threads."""

    def __init__(
        self,
        now: Callable[[], float] = processes.now,
        clock: Callable[[], str] = processes.clock_mark,
        process: Callable[[], str] = processes.process_mark,
    ) -> None:
        self._now, self._clock, self._process = now, clock, process
        self._lock = Lock()
        # Image id → a claim by another clock, and when it was first seen like this.
        self._seen: dict[str, tuple[Row, float]] = {}

    def take(
        self,
        connection: sqlite3.Connection,
        ids: Sequence[str],
        client: str,
        seconds: float = CLAIM_SECONDS,
        since: int = 0,
    ) -> list[str]:
        """Claim images within a write transaction; see `LabelStore.claim`."""
        others, ended = self._sorted(connection)
        connection.executemany("DELETE FROM reservations WHERE image_id = ?", [(i,) for i in ended])
        away = {image_id for image_id, owner in others.items() if owner != client}
        answered = connection.execute(
            "SELECT value FROM json_each(?)"
            " WHERE value IN (SELECT image_id FROM events WHERE undone_by IS NULL AND seq > ?)",
            (json.dumps(list(ids)), since),
        ).fetchall()
        away.update(row[0] for row in answered)
        mine = [image_id for image_id in dict.fromkeys(ids) if image_id not in away]
        mark = (client, self._clock(), self._process(), self._now() + seconds)
        connection.executemany(
            "INSERT INTO reservations VALUES (?, ?, ?, ?, ?) ON CONFLICT (image_id) DO UPDATE SET"
            " client = excluded.client, clock = excluded.clock, process = excluded.process,"
            " until = excluded.until",
            [(image_id, *mark) for image_id in mine],
        )
        return mine

    def of_others(self, connection: sqlite3.Connection, client: str) -> set[str]:
        """Images that other clients hold now."""
        claims, _ = self._sorted(connection)
        return {image_id for image_id, owner in claims.items() if owner != client}

    def _sorted(self, connection: sqlite3.Connection) -> tuple[dict[str, str], list[str]]:
        """Who holds which image now, and the images of claims that have ended."""
        rows = connection.execute(
            "SELECT image_id, client, clock, process, until FROM reservations"
        ).fetchall()
        if not all(_is_whole(row) for row in rows):
            raise sqlite3.DatabaseError("a claim without an image, a client or an end")
        held: dict[str, str] = {}
        with self._lock:
            now, before, self._seen = self._now(), self._seen, {}
            living: dict[str, bool] = {}
            for row in rows:
                if self._holds(row, now, before, living):
                    held[row[0]] = row[1]
        return held, [row[0] for row in rows if row[0] not in held]

    def _holds(
        self,
        row: Row,
        now: float,
        before: dict[str, tuple[Row, float]],
        living: dict[str, bool],
    ) -> bool:
        image_id, _, clock, process, until = row
        left = until - now
        if clock == self._clock() and left <= CLAIM_SECONDS:
            if process not in living:
                living[process] = not processes.has_ended(process)
            return left >= 0 and living[process]
        # Its times mean nothing here: by how long it has not changed.
        earlier = before.get(image_id)
        since = earlier[1] if earlier is not None and earlier[0] == row else now
        self._seen[image_id] = (row, since)
        return now - since <= CLAIM_SECONDS


def _is_whole(row: Row) -> bool:
    return all(isinstance(text, str) for text in row[:4]) and isinstance(row[4], float)
