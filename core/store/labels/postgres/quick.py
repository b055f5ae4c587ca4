"""Answers stored in one message to the server: whoever pressed a key waits for it.

The statements are those of `PostgresLog.writing`: hold the log, add what is new, write its numbers
down, tell. None needs what the one before it said, so all go at once (libpq's pipeline mode), and
others wait for the log only as long as the server is at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from core.store.labels.base import LogEntry
from core.store.labels.postgres.database import Database
from core.store.labels.postgres.listening import CHANNEL

_LOG = (
    "collection = %(collection)s AND question = %(question)s AND logs.kind = %(log_kind)s"
    " AND replaced IS NULL AND (SELECT id FROM winnow.about) = %(server)s"
)
_HOLD = f"SELECT id FROM winnow.logs WHERE {_LOG} FOR UPDATE"
_ADD = f"""
WITH log AS (SELECT id, events FROM winnow.logs WHERE {_LOG}),
sent AS (
    SELECT * FROM unnest(
        %(images)s::text[], %(kinds)s::text[], %(classes)s::text[], %(batches)s::text[],
        %(numbers)s::bigint[]
    ) AS s (image_id, kind, class, batch_id, client_seq)
),
fresh AS (
    SELECT s.*, row_number() OVER (ORDER BY s.client_seq) AS n FROM sent s, log
    WHERE NOT EXISTS (
        SELECT FROM winnow.events e
        WHERE e.log = log.id AND e.client = %(client)s AND e.client_seq = s.client_seq
    )
),
added AS (
    INSERT INTO winnow.events (
        log, seq, image_id, kind, class, annotator, time, source, batch_id, client, client_seq
    )
    SELECT log.id, log.events + n, image_id, fresh.kind, class, %(annotator)s, %(time)s,
        %(source)s, batch_id, %(client)s, client_seq
    FROM fresh, log
    RETURNING seq
),
settled AS (
    UPDATE winnow.logs SET events = (SELECT MAX(seq) FROM added)
    WHERE id = (SELECT id FROM log) AND EXISTS (SELECT FROM added)
    RETURNING pg_notify(%(channel)s, %(payload)s)
)
SELECT
    (SELECT COUNT(*) FROM added),
    (SELECT MAX(client_seq) FROM winnow.events e, log
        WHERE e.log = log.id AND e.client = %(client)s),
    (SELECT MAX(client_seq) FROM winnow.undos u, log
        WHERE u.log = log.id AND u.client = %(client)s),
    EXISTS (SELECT FROM winnow.undos u, log
        WHERE u.log = log.id AND u.client = %(client)s AND u.batch_id = ANY(%(batches)s::text[])),
    (SELECT COUNT(*) FROM settled), EXISTS (SELECT FROM log)
"""


@dataclass(frozen=True)
class Stored:
    """What came of a message.

    Attributes:
        added: events that were new.
        highest: the highest number stored for the client.
        undone: some of them were taken back before they came, which is still to be done.
    """

    added: int
    highest: int
    undone: bool


def store(
    database: Database, log: dict[str, Any], client: str, entries: Sequence[LogEntry],
    how: tuple[str, float, str],
) -> Stored | None:  # fmt: skip
    """Store answers of a client, none of them an undo and each with another number.

    Args:
        log: "collection", "question", "log_kind", "server" and "payload" of the log.
        how: by whom, when and in which way.

    Returns:
        None where there is no such log yet; nothing is stored then.

    Raises:
        AwayError, WinnowError: see `core.store.labels.postgres.faults`.
    """
    annotator, time, source = how
    values = log | {
        "channel": CHANNEL, "client": client, "annotator": annotator, "time": time,
        "source": source,
        "images": [entry.image_id for entry in entries],
        "kinds": [entry.kind for entry in entries],
        "classes": [entry.label if entry.kind == "label" else None for entry in entries],
        "batches": [f"{client}:{entry.batch or entry.seq}" for entry in entries],
        "numbers": [entry.seq for entry in entries],
    }  # fmt: skip

    def send(connection: psycopg.Connection[Any]) -> Any:
        with connection.pipeline():
            connection.execute(_HOLD, values)
            cursor = connection.execute(_ADD, values)
            connection.commit()
        return cursor.fetchone()

    added, event, undo, undone, _, there = database.directly(send)
    return Stored(added, max(event or 0, undo or 0, *values["numbers"]), undone) if there else None
