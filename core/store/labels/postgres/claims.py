"""Claims of images in PostgreSQL: who is asked about which. See `core.store.labels.claims`.

The server's clock decides when a claim ends, so those of the machines do not matter. One claim of a
log is made at a time: of two people who want the same image one sees the other's claim.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('winnow claims', :log))"
_ENDED = "DELETE FROM winnow.claims WHERE log = :log AND until < clock_timestamp()"
_TAKE = """
INSERT INTO winnow.claims AS c (log, image_id, client, until)
SELECT :log, w.image_id, :client, clock_timestamp() + make_interval(secs => :seconds)
FROM unnest(CAST(:ids AS text[])) AS w (image_id)
WHERE NOT EXISTS (
    SELECT FROM winnow.events e
    WHERE e.log = :log AND e.image_id = w.image_id AND e.seq > :since AND NOT EXISTS (
        SELECT FROM winnow.events_undone u WHERE u.log = e.log AND u.seq = e.seq
    )
)
ON CONFLICT (log, image_id) DO UPDATE SET until = excluded.until WHERE c.client = excluded.client
RETURNING image_id
"""
_OTHERS = """
SELECT image_id FROM winnow.claims
WHERE log = :log AND client <> :client AND until >= clock_timestamp()
"""


def take(
    connection: Connection,
    log: int,
    ids: Sequence[str],
    client: str,
    seconds: float,
    since: int,
) -> list[str]:
    """Claim distinct images within a transaction; see `Labels.claim`. In any order."""
    connection.execute(text(_LOCK), {"log": log})
    connection.execute(text(_ENDED), {"log": log})
    values = {"log": log, "ids": list(ids), "client": client, "seconds": seconds, "since": since}
    return [row[0] for row in connection.execute(text(_TAKE), values)]


def of_others(connection: Connection, log: int, client: str) -> set[str]:
    """Images that other clients hold now."""
    return {row[0] for row in connection.execute(text(_OTHERS), {"log": log, "client": client})}
