"""Labels in PostgreSQL: append-only events that several machines share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from core.store.labels.answers import EVENT, Labels, Past, Undo
from core.store.labels.base import Label, LogEntry
from core.store.labels.claims import CLAIM_SECONDS
from core.store.labels.following import Row
from core.store.labels.postgres import claims, quick
from core.store.labels.postgres.log import LOG, Numbers, PostgresLog

_UNDONE = (
    f"(SELECT batch_id AS batch, MAX(time) AS at FROM winnow.undos WHERE log = {LOG}"
    " GROUP BY batch_id)"
)


class PostgresLabels(PostgresLog[str, Label], Labels):
    """The labels of one question of a collection. Safe for several machines."""

    KIND = "labels"
    TABLE = "winnow.events"

    @property
    def place(self) -> str:
        """See `Labels.place`."""
        return f"the label database at {self.membership.address.place}"

    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """See `Labels.record`."""
        self.guard.permit()
        now = time.time()
        if (highest := self._record_at_once(client, log, annotator, source, now)) is not None:
            return highest
        rows: list[Row] = []
        for entry in sorted(log, key=lambda entry: entry.seq):
            if entry.kind != "undo":
                label = entry.label if entry.kind == "label" else None
                batch = f"{client}:{entry.batch or entry.seq}"
                what = (entry.image_id, entry.kind, label, annotator, now, source, batch)
                rows.append((*what, client, entry.seq))
        undos = [(e.seq, f"{client}:{e.target}") for e in log if e.kind == "undo"]
        strokes = {f"{client}:{e.target or e.batch or e.seq}" for e in log}

        def work(connection: Connection, numbers: Numbers) -> int:
            seen = self._of_client(connection, client, [entry.seq for entry in log])
            self.add_new(connection, numbers, EVENT, rows, seen.stored)
            for seq, batch in undos:
                _note_undo(connection, numbers, client, seq, batch, annotator, now)
            for who, batch in [*seen.undos, *((annotator, batch) for _, batch in undos)]:
                if batch in strokes:  # whichever came first
                    self.take_back(connection, numbers, batch, who, client)
            return max([seen.highest, *(entry.seq for entry in log)])

        return self.writing(work)

    def _record_at_once(
        self, client: str, log: Sequence[LogEntry], annotator: str, source: str, now: float
    ) -> int | None:
        """``record`` in one message; None where something is to be taken back, or no log is yet."""
        entries = {entry.seq: entry for entry in reversed(log)}  # of a number the first
        if not log or any(entry.kind == "undo" for entry in log):
            return None
        place = self.key | {"server": self.membership.server, "payload": self.payload}
        how = (annotator, now, source)

        def attempt() -> quick.Stored | None:
            return quick.store(self.database, place, client, list(entries.values()), how)

        stored = self.database.patiently(attempt)
        if stored is None or stored.undone:
            return None
        if stored.added:
            self.guard.changed()
        return stored.highest

    def claim(
        self, ids: Sequence[str], client: str, seconds: float = CLAIM_SECONDS, since: int = 0
    ) -> list[str]:
        """See `Labels.claim`."""
        self.guard.permit()
        wanted = list(dict.fromkeys(ids))

        def attempt() -> list[str]:
            with self.database.change() as connection:
                log = self.numbers(connection) or self.held(connection)
                return claims.take(connection, log.id, wanted, client, seconds, since)

        mine = set(self.database.patiently(attempt)) if wanted else set()
        return [image_id for image_id in wanted if image_id in mine]

    def claimed_by_others(self, client: str) -> set[str]:
        """See `Labels.claimed_by_others`."""

        def work(connection: Connection) -> set[str]:
            log = self.numbers(connection)
            return claims.of_others(connection, log.id, client) if log else set()

        return self.reading(work)

    def answer_to(self, client: str, number: int) -> tuple[str, str, str | None] | None:
        """See `Labels.answer_to`."""
        query = (
            f"SELECT image_id, kind, class FROM winnow.events WHERE log = {LOG}"
            " AND client = :client AND client_seq = :number"
        )
        values = {"client": client, "number": number}
        rows = self.reading(lambda connection: self.rows(connection, query, values))
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def undos(self, since: float, until: float) -> list[Undo]:
        """See `Labels.undos`."""
        query = (
            f"SELECT annotator, time, batch_id FROM winnow.undos WHERE log = {LOG}"
            " AND time >= :since AND time < :until ORDER BY time"
        )
        values = {"since": since, "until": until}
        return [Undo(*r) for r in self.reading(lambda c: self.rows(c, query, values))]

    def past(self, moment: float) -> Past:
        """See `Labels.past`."""
        return self.reading(lambda connection: self._past(connection, {"moment": moment}))

    def last_number(self, connection: Connection, client: str) -> int:
        """See `PostgresLog.last_number`; undos have numbers too."""
        query = f"SELECT MAX(client_seq) FROM winnow.undos WHERE log = {LOG} AND client = :client"
        undo = self.rows(connection, query, {"client": client})[0][0] or 0
        return max(undo, super().last_number(connection, client))

    def took_back(
        self, connection: Connection, log: Numbers, batch_id: str, annotator: str, act: str
    ) -> None:
        """See `PostgresLog.took_back`."""
        _note_undo(connection, log, act, 1, batch_id, annotator, time.time())

    def _past(self, connection: Connection, values: dict[str, Any]) -> Past:
        touched = (
            f"SELECT image_id FROM winnow.events WHERE log = {LOG} AND time > :moment"
            " UNION SELECT e.image_id FROM winnow.events e JOIN winnow.events_undone n"
            f" USING (log, seq) JOIN {_UNDONE} u ON u.batch = e.batch_id"
            f" WHERE e.log = {LOG} AND u.at > :moment"
        )
        stood = (
            f"SELECT e.{', e.'.join(self.COLUMNS)} FROM winnow.events e"
            f" LEFT JOIN {_UNDONE} u ON u.batch = e.batch_id WHERE e.log = {LOG}"
            f" AND e.time <= :moment AND ({self.in_force()} OR u.at > :moment)"
            f" AND e.image_id IN ({touched}) ORDER BY e.seq"
        )
        answers = (
            f"SELECT annotator, COUNT(*) FROM winnow.events e WHERE e.log = {LOG}"
            f" AND time > :moment AND {self.in_force()} GROUP BY annotator"
        )
        undone = (
            f"SELECT annotator, COUNT(DISTINCT batch_id) FROM winnow.undos WHERE log = {LOG}"
            " AND time > :moment GROUP BY annotator"
        )
        images = [row[0] for row in self.rows(connection, touched, values)]
        people: list[dict[str, int]] = [
            dict(self.rows(connection, query, values)) for query in (answers, undone)
        ]
        return Past(images, self.rows(connection, stood, values), *people)

    def _of_client(self, connection: Connection, client: str, numbers: list[int]) -> _Seen:
        """What a client has sent, in one question: a key waits for it."""
        events = f"FROM winnow.events WHERE log = {LOG} AND client = :client"
        undos = f"FROM winnow.undos WHERE log = {LOG} AND client = :client"
        query = (
            f"SELECT (SELECT MAX(client_seq) {events}), (SELECT MAX(client_seq) {undos}),"
            f" ARRAY(SELECT client_seq {events} AND client_seq = ANY(CAST(:numbers AS bigint[]))),"
            f" ARRAY(SELECT annotator {undos} ORDER BY client_seq),"
            f" ARRAY(SELECT batch_id {undos} ORDER BY client_seq)"
        )
        values = {"client": client, "numbers": numbers}
        event, undo, stored, people, batches = self.rows(connection, query, values)[0]
        taken_back = dict.fromkeys(zip(people, batches, strict=True))
        return _Seen(max(event or 0, undo or 0), set(stored), list(taken_back))


@dataclass(frozen=True)
class _Seen:
    """What a client has sent before: its highest number, which of some, and its undos."""

    highest: int
    stored: set[int]
    undos: list[tuple[str, str]]


def _note_undo(
    connection: Connection,
    log: Numbers,
    client: str,
    number: int,
    batch_id: str,
    annotator: str,
    now: float,
) -> None:
    """Note that a client took a batch back, once for each of its numbers."""
    query = (
        "INSERT INTO winnow.undos (log, client, client_seq, batch_id, annotator, time)"
        " VALUES (:log, :client, :number, :batch, :annotator, :time) ON CONFLICT DO NOTHING"
    )
    values = {"log": log.id, "client": client, "number": number, "batch": batch_id}
    connection.execute(text(query), values | {"annotator": annotator, "time": now})
