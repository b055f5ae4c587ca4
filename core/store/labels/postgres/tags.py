"""Tag labels in PostgreSQL, beside the labels of the first question."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.store.labels.answers import TAG_EVENT, TagLabels, number
from core.store.labels.base import TagEvent
from core.store.labels.postgres.log import PostgresLog


class PostgresTagLabels(PostgresLog[tuple[str, str], bool], TagLabels):
    """The tag labels of one collection. Safe for several machines."""

    KIND = "tags"
    TABLE = "winnow.tag_events"

    def record(
        self, client: str, events: Sequence[TagEvent], annotator: str, source: str
    ) -> str | None:
        """See `TagLabels.record`."""
        now, rows = time.time(), []
        for event in events:
            batch = f"{client}:{event.batch or event.client_seq}"
            what = (event.image_id, event.tag, number(event.value), annotator, now, source, batch)
            rows.append((*what, client, event.client_seq))
        if not rows:
            return None
        self.append(TAG_EVENT, rows)
        return str(rows[-1][TAG_EVENT.index("batch_id")])
