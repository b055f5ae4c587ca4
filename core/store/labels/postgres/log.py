"""An append-only log in PostgreSQL: what labels and tag labels have in common there.

Every transaction that writes may be tried again after the connection broke, also where the server
had stored it by then: clients' numbers, batches and acts of undoing are names that it had before.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, text

from core.runtime.errors import WinnowError
from core.store.backups.guard import MANY, UNGUARDED, Guard
from core.store.labels.base import LogState, Subject, Value, Version
from core.store.labels.following import FollowedLog, Logged, Row
from core.store.labels.postgres.faults import waiting
from core.store.labels.postgres.listening import CHANNEL
from core.store.labels.postgres.membership import Membership

T = TypeVar("T")

_PRESENT = "collection = :collection AND question = :question AND logs.kind = :log_kind"
LOG = f"(SELECT id FROM winnow.logs WHERE {_PRESENT} AND replaced IS NULL)"
"""The id of the present log, in a statement that has the values of `PostgresLog.key`."""
_ROW = (
    "SELECT id, events, undos, (SELECT id FROM winnow.about) AS server FROM winnow.logs"
    f" WHERE {_PRESENT} AND replaced IS NULL"
)
_MAKE = (
    "INSERT INTO winnow.logs (collection, question, kind)"
    " VALUES (:collection, :question, :log_kind)"
    " ON CONFLICT (collection, question, kind) WHERE replaced IS NULL DO NOTHING"
)

_SETTLE = (
    "WITH settled AS (UPDATE winnow.logs SET events = :events, undos = :undos WHERE id = :id"
    " RETURNING id) SELECT pg_notify(:channel, :payload) FROM settled"
)


@dataclass
class Numbers:
    """A log within a transaction that holds it: its id, its last event and its last undo."""

    id: int
    events: int
    undos: int


class PostgresLog(FollowedLog[Subject, Value]):
    """One log of a collection. Safe for several threads, processes and machines.

    A subclass names its kind and table; see `FollowedLog` for the rest.
    """

    KIND: ClassVar[str]
    TABLE: ClassVar[str]

    def __init__(self, membership: Membership, question: str, guard: Guard = UNGUARDED) -> None:
        super().__init__(guard)
        self.membership = membership
        self.database = membership.database
        self.key = {
            "collection": membership.collection, "question": question, "log_kind": self.KIND
        }  # fmt: skip
        self.payload = f"{membership.collection}/{question}/{self.KIND}"

    # -- reading ---------------------------------------------------------------------------------

    def look(self) -> Any:
        """See `FollowedLog.look`."""
        return self.database.look()

    def state(self) -> LogState[Subject, Value]:
        """See `FollowedLog.state`."""
        return self.database.patiently(super().state)

    def version(self) -> Version:
        """See `FollowedLog.version`."""
        return self.database.patiently(super().version)

    def news(self) -> int | None:
        """See `FollowedLog.news`."""
        return self.database.listener.count(self.payload)

    def waiting(self) -> str:
        """See `FollowedLog.waiting`."""
        away = self.database.listener.is_away
        return waiting(self.membership.address) if away else ""

    def ever(self) -> int:
        """See `FollowedLog.ever`."""
        return self.version()[0]

    def logged(self, since: float, until: float) -> list[Logged]:
        """See `FollowedLog.logged`."""
        query = (
            "SELECT e.image_id, e.annotator, e.time, e.source, e.batch_id, u.undone_by"
            f" FROM {self.TABLE} e LEFT JOIN {self.TABLE}_undone u USING (log, seq)"
            f" WHERE log = {LOG} AND e.time >= :since AND e.time < :until ORDER BY seq"
        )
        values = {"since": since, "until": until}
        return [Logged(*r) for r in self.reading(lambda c: self.rows(c, query, values))]

    def acknowledged(self, client: str) -> int:
        """See `FollowedLog.acknowledged`."""
        return self.reading(lambda connection: self.last_number(connection, client))

    def reading(self, work: Callable[[Connection], T]) -> T:
        """Do work that sees one moment; see `Database.patiently`."""

        def attempt() -> T:
            with self.look() as connection:
                return work(connection)

        return self.database.patiently(attempt)

    def moment(self, connection: Connection) -> tuple[Version, tuple[int, int]]:
        """See `FollowedLog.moment`: a backup that was put back is another log."""
        row = self.numbers(connection)
        return ((row.events, row.undos), (row.id, 0)) if row else ((0, 0), (0, 0))

    def events_after(self, connection: Connection, seq: int) -> list[Row]:
        """See `FollowedLog.events_after`."""
        return self._read(connection, "e.seq > :seq", {"seq": seq})

    def touched(self, connection: Connection, undos: int) -> tuple[list[Row], list[Row]]:
        """See `FollowedLog.touched`."""
        names = ", ".join(self.COLUMNS[: self.SUBJECT])
        query = (
            f"SELECT DISTINCT {names} FROM {self.TABLE} WHERE log = {LOG} AND seq IN"
            f" (SELECT seq FROM {self.TABLE}_undone WHERE log = {LOG} AND n > :undos)"
        )
        subjects = self.rows(connection, query, {"undos": undos})
        return subjects, self._read(connection, f"({names}) IN ({query})", {"undos": undos})

    def last_number(self, connection: Connection, client: str) -> int:
        """The highest number stored for ``client``, within a transaction."""
        query = f"SELECT MAX(client_seq) FROM {self.TABLE} WHERE log = {LOG} AND client = :client"
        return self.rows(connection, query, {"client": client})[0][0] or 0

    def rows(self, connection: Connection, query: str, values: dict[str, Any]) -> list[Row]:
        """The rows of a query about this log."""
        return [tuple(row) for row in connection.execute(text(query), self.key | values)]

    # -- writing ---------------------------------------------------------------------------------

    def append(self, names: Sequence[str], rows: list[Row]) -> None:
        """See `FollowedLog.append`."""
        self.writing(lambda connection, log: self.add_rows(connection, log, names, rows))

    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """See `FollowedLog.undo`."""
        if (count := self.reading(lambda connection: self._size(connection, batch_id))) >= MANY:
            self.guard.before(f"{count:,} labels were taken back")
        act = uuid.uuid4().hex

        def work(connection: Connection, log: Numbers) -> list[str]:
            done = self._of_act(connection, act)  # by an attempt of which nobody heard
            touched = done or self.take_back(connection, log, batch_id, annotator, act)
            if touched and not done:
                self.took_back(connection, log, batch_id, annotator, act)
            return touched

        return self.writing(work)

    def writing(self, work: Callable[[Connection, Numbers], T]) -> T:
        """Do work that alone may write to the log, in one transaction that may be tried again.

        The work adds to the numbers of the log what it stores; that is told to whoever listens.
        """
        self.guard.permit()
        changed = False

        def attempt() -> T:
            nonlocal changed
            with self.alone() as (connection, log):
                before = (log.events, log.undos)
                result = work(connection, log)
                changed = (log.events, log.undos) != before
            return result

        result = self.database.patiently(attempt)
        if changed:
            self.guard.changed()
        return result

    @contextmanager
    def alone(self) -> Iterator[tuple[Connection, Numbers]]:
        """A transaction that holds the log, which is made where there is none."""
        with self.database.change() as connection:
            log = self.held(connection)
            before = (log.events, log.undos)
            yield connection, log
            if (log.events, log.undos) != before:
                self.settle(connection, log)

    def held(self, connection: Connection) -> Numbers:
        """Hold the log until the transaction ends: others who write to it wait."""
        while (row := self.numbers(connection, hold=True)) is None:
            connection.execute(text(_MAKE), self.key)
        return row

    def settle(self, connection: Connection, log: Numbers) -> None:
        """Write the numbers of a log down, and tell."""
        numbers = {"events": log.events, "undos": log.undos, "id": log.id}
        values = numbers | {"channel": CHANNEL, "payload": self.payload}
        connection.execute(text(_SETTLE), values)

    def numbers(self, connection: Connection, hold: bool = False) -> Numbers | None:
        """The present log; None where nobody has said anything yet.

        Raises:
            WinnowError: the database is not the one that has the labels of this workspace.
        """
        row = connection.execute(text(f"{_ROW}{' FOR UPDATE' if hold else ''}"), self.key).first()
        server = row.server if row else _server(connection)
        if str(server) != self.membership.server:
            raise WinnowError(
                f"The label database at {self.membership.address.place} is not the one that the "
                "labels of this workspace are in: check its address, or restore it from a backup "
                "of the server."
            )
        return Numbers(row.id, row.events, row.undos) if row else None

    def add_rows(
        self, connection: Connection, log: Numbers, names: Sequence[str], rows: list[Row]
    ) -> None:
        """Store events of one client, without those whose numbers it has sent before."""
        if rows:
            client = rows[0][names.index("client")]
            seen = self.stored(connection, client, [row[-1] for row in rows])
            self.add_new(connection, log, names, rows, seen)

    def stored(self, connection: Connection, client: str, numbers: list[int]) -> set[int]:
        """Which of a client's numbers are stored."""
        query = (
            f"SELECT client_seq FROM {self.TABLE} WHERE log = {LOG} AND client = :client"
            " AND client_seq = ANY(CAST(:numbers AS bigint[]))"
        )
        rows = self.rows(connection, query, {"client": client, "numbers": numbers})
        return {row[0] for row in rows}

    def add_new(
        self,
        connection: Connection,
        log: Numbers,
        names: Sequence[str],
        rows: list[Row],
        stored: set[int],
    ) -> None:
        """Store those events of one client whose numbers are not stored yet."""
        seen, fresh = set(stored), []
        for row in rows:
            if row[-1] not in seen:
                seen.add(row[-1])
                log.events += 1
                fresh.append(
                    {"log": log.id, "seq": log.events, **dict(zip(names, row, strict=True))}
                )
        insert(connection, self.TABLE, fresh)

    def take_back(
        self, connection: Connection, log: Numbers, batch_id: str, annotator: str, act: str
    ) -> list[str]:
        """Undo what is in force of a batch; the image ids it touched.

        Args:
            act: names this undo, so that it can be told from another one.
        """
        query = (
            f"SELECT e.seq, e.image_id FROM {self.TABLE} e WHERE e.log = {LOG}"
            f" AND e.batch_id = :batch AND {self.in_force()} ORDER BY e.seq"
        )
        undone = []
        touched = self.rows(connection, query, {"batch": batch_id})
        for seq, _ in touched:
            log.undos += 1
            undone.append(
                {"log": log.id, "seq": seq, "n": log.undos, "undone_by": annotator, "act": act}
            )
        insert(connection, f"{self.TABLE}_undone", undone)
        return [image_id for _, image_id in touched]

    def took_back(
        self, connection: Connection, log: Numbers, batch_id: str, annotator: str, act: str
    ) -> None:
        """Note when a batch was taken back; within that transaction."""

    def in_force(self) -> str:
        """The condition that an event ``e`` was not undone."""
        return (
            f"NOT EXISTS (SELECT FROM {self.TABLE}_undone u WHERE u.log = e.log AND u.seq = e.seq)"
        )

    # -- inside ----------------------------------------------------------------------------------

    def _size(self, connection: Connection, batch_id: str) -> int:
        """How many events of a batch are in force."""
        query = (
            f"SELECT COUNT(*) FROM {self.TABLE} e WHERE e.log = {LOG} AND e.batch_id = :batch"
            f" AND {self.in_force()}"
        )
        return int(self.rows(connection, query, {"batch": batch_id})[0][0])

    def _of_act(self, connection: Connection, act: str) -> list[str]:
        query = (
            f"SELECT e.image_id FROM {self.TABLE} e JOIN {self.TABLE}_undone u USING (log, seq)"
            f" WHERE e.log = {LOG} AND u.act = :act ORDER BY e.seq"
        )
        return [row[0] for row in self.rows(connection, query, {"act": act})]

    def _read(self, connection: Connection, where: str, values: dict[str, Any]) -> list[Row]:
        query = (
            f"SELECT {', '.join(self.COLUMNS)} FROM {self.TABLE} e WHERE e.log = {LOG}"
            f" AND {self.in_force()} AND {where} ORDER BY e.seq"
        )
        return self.rows(connection, query, values)


def insert(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows with the same columns to a table."""
    if rows:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.execute(
            text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"), list(rows)
        )


def _server(connection: Connection) -> Any:
    return connection.execute(text("SELECT id FROM winnow.about")).scalar()
