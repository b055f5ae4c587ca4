"""What people say of single tags: append-only yes and no beside the labels, in the same file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from core.store.labels.answers import TAG_EVENT, TagLabels, number
from core.store.labels.base import TagEvent
from core.store.labels.log import Row, SqliteLog


class TagLabelStore(SqliteLog[tuple[str, str], bool], TagLabels):
    """The tag labels of one workspace. Safe for several threads and processes."""

    TABLE = "tag_events"
    CREATE = """
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
CREATE INDEX IF NOT EXISTS tag_events_image ON tag_events (image_id, tag);
"""

    def record(
        self, client: str, events: Sequence[TagEvent], annotator: str, source: str
    ) -> str | None:
        """See `TagLabels.record`."""
        now, batch = time.time(), None
        with self.connect() as connection:
            stored = self.numbers(connection, client, [event.client_seq or 0 for event in events])
            for event in events:
                batch = f"{client}:{event.batch or event.client_seq}"
                if event.client_seq in stored:
                    continue
                what = (event.image_id, event.tag, number(event.value))
                row = (*what, annotator, now, source, batch, client, event.client_seq)
                connection.execute(self.insert(TAG_EVENT), row)
        return batch

    def opinion(self, row: Row) -> tuple[tuple[str, str], str, bool | None]:
        """See `FollowedLog.opinion`; a file may be damaged."""
        if not all(isinstance(text, str) for text in row[:3]) or row[3] not in (0, 1, None):
            raise sqlite3.DatabaseError("an event without an image, a tag or a person")
        return super().opinion(row)
