"""What people say of single tags: append-only yes and no beside the labels, in the same file.

A class label says which one; a tag label says whether, for one tag: so they are two logs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from core.store.labels.base import TagEvent, Version, resolved_tag
from core.store.labels.log import Row, SqliteLog

_EVENT = (
    "image_id", "tag", "value", "annotator", "time", "source", "batch_id", "client", "client_seq",
)  # fmt: skip


class TagLabelStore(SqliteLog[tuple[str, str], bool]):
    """The tag labels of one workspace. Safe for several threads and processes."""

    TABLE = "tag_events"
    COLUMNS = ("image_id", "tag", "annotator", "value")
    SUBJECT = 2
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
    _by_tag: tuple[Version, dict[str, dict[str, bool]]] | None = None

    def add(
        self,
        events: Sequence[TagEvent],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """See `core.store.labels.base.EventStore.add`."""
        rows = [
            (e.image_id, e.tag, None if e.value is None else int(e.value), e.client_seq)
            for e in events
        ]
        return self.store(("image_id", "tag", "value"), rows, annotator, source, client, batch_id)

    def record(
        self, client: str, events: Sequence[TagEvent], annotator: str, source: str
    ) -> str | None:
        """Store what a client sends, in one transaction; see `LabelStore.record`.

        Returns:
            The batch id of its last stroke, for ``undo``; None for no events.
        """
        now, batch = time.time(), None
        with self.connect() as connection:
            stored = self.numbers(connection, client, [event.client_seq or 0 for event in events])
            for event in events:
                batch = f"{client}:{event.batch or event.client_seq}"
                if event.client_seq in stored:
                    continue
                value = None if event.value is None else int(event.value)
                row = (event.image_id, event.tag, value, annotator, now, source, batch)
                connection.execute(self.insert(_EVENT), (*row, client, event.client_seq))
        return batch

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """Say of the tag ``new`` what is said of ``old``; one batch, so one undo."""
        events = [TagEvent(i, new, value) for i, value in self.current().get(old, {}).items()]
        return self.add(events, annotator, source="rename") if events else None

    def current(self) -> dict[str, dict[str, bool]]:
        """Tag → image id → whether it has the tag, for all that somebody has said. Read-only."""
        state = self.state()
        if self._by_tag is None or self._by_tag[0] != state.version:
            result: dict[str, dict[str, bool]] = {}
            for (image_id, tag), value in state.values.items():
                result.setdefault(tag, {})[image_id] = value
            self._by_tag = (state.version, result)
        return self._by_tag[1]

    def opinion(self, row: Row) -> tuple[tuple[str, str], str, bool | None]:
        """See `SqliteLog.opinion`."""
        image_id, tag, annotator, value = row
        if not all(isinstance(text, str) for text in row[:3]) or value not in (0, 1, None):
            raise sqlite3.DatabaseError("an event without an image, a tag or a person")
        return (image_id, tag), annotator, None if value is None else bool(value)

    def resolve(self, opinions: Sequence[bool | None]) -> bool | None:
        """See `SqliteLog.resolve`."""
        return resolved_tag(opinions)
