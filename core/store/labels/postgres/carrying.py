"""Labels carried between a label database and a label file, every event as it was.

A file holds one question's log of labels and, for the first question, the log of tag labels.
Numbers, times, people, batches, origins and undos stay bit for bit; claims are of a moment and stay
behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from core.store.labels.answers import EVENT, TAG_EVENT
from core.store.labels.postgres.labels import PostgresLabels
from core.store.labels.postgres.log import LOG, Numbers, PostgresLog, insert
from core.store.labels.postgres.membership import Membership
from core.store.labels.postgres.tags import PostgresTagLabels
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore

_PART = 5_000  # events in memory at once
_UNDOS = ("client", "client_seq", "batch_id", "annotator", "time")


@dataclass(frozen=True)
class _Log:
    """One log in both kinds of database."""

    log: PostgresLog[Any, Any]
    table: str
    columns: tuple[str, ...]


def logs_of(membership: Membership, question: str) -> list[_Log]:
    """The logs of a question that a label file holds too."""
    labels = _Log(PostgresLabels(membership, question), "events", EVENT)
    tags = _Log(PostgresTagLabels(membership, question), "tag_events", TAG_EVENT)
    return [labels] if question else [labels, tags]


def hold(connection: Connection, membership: Membership, question: str) -> None:
    """Let nobody else add to a question until the transaction ends."""
    for one in logs_of(membership, question):
        one.log.held(connection)


def log_state(membership: Membership, question: str) -> list[Any] | None:
    """What tells two states of a question apart: the last event and undo of each log.

    The same as its label file would have; None where nobody has said anything.
    """

    def work() -> list[Any] | None:
        state: list[Any] = []
        with membership.database.look() as connection:
            for one in logs_of(membership, question):
                last = (
                    f"SELECT seq, time, client FROM winnow.{one.table} WHERE log = {LOG}"
                    " ORDER BY seq DESC LIMIT 1"
                )
                rows, numbers = one.log.rows(connection, last, {}), one.log.numbers(connection)
                state.append([one.table, *(rows[0] if rows else ())])
                state.append((numbers.undos or None) if numbers else None)
        if question:  # its file has the table all the same
            state += [["tag_events"], None]
        return state if any(isinstance(part, list) and len(part) > 1 for part in state) else None

    return membership.database.patiently(work)


def save(membership: Membership, question: str, path: Path) -> None:
    """Write what a label database has of a question into a new label file; for a backup.

    Raises:
        WinnowError: the database does not answer or refuses.
    """

    def work() -> None:
        path.unlink(missing_ok=True)  # of an attempt before
        with membership.database.look() as connection:
            write_file(connection, membership, question, path)

    membership.database.patiently(work)


def put_back(membership: Membership, question: str, path: Path) -> None:
    """Put a label file of a backup in place of what a label database has of a question.

    Raises:
        WinnowError: the database does not answer or refuses; it is as it was.
    """

    def work() -> None:  # done twice, it comes to the same
        with membership.database.change() as connection:
            read_file(connection, membership, question, path, newer=True)

    membership.database.patiently(work)


def write_file(connection: Connection, membership: Membership, question: str, path: Path) -> None:
    """Write what a label database has of a question into a new label file, as of one moment.

    Args:
        connection: sees one moment, or holds the logs.
        path: where no file is yet.
    """
    LabelStore(path)
    TagLabelStore(path)
    with closing(sqlite3.connect(path)) as file, file:
        for one in logs_of(membership, question):
            numbers = one.log.numbers(connection)
            if numbers is not None:
                _write_log(connection, one, numbers, file)
        file.execute("PRAGMA user_version = 0")
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = DELETE")  # one file, which can be carried about


def _write_log(
    connection: Connection, one: _Log, numbers: Numbers, file: sqlite3.Connection
) -> None:
    table = one.table
    query = (
        f"SELECT e.seq, e.{', e.'.join(one.columns)}, u.undone_by FROM winnow.{table} e"
        f" LEFT JOIN winnow.{table}_undone u USING (log, seq) WHERE e.log = {LOG} ORDER BY e.seq"
    )
    names = ("seq", *one.columns, "undone_by")
    _fill(file, table, names, _stream(connection, query, one))
    query = (
        f"SELECT n, seq FROM winnow.{table}_undone WHERE log = {LOG} AND n IS NOT NULL ORDER BY n"
    )
    _fill(file, f"{table}_undone", ("n", "seq"), _stream(connection, query, one))
    last = file.execute(f"SELECT MAX(n) FROM {table}_undone").fetchone()[0] or 0
    if numbers.undos > last:  # a backup was put back: the version stays as high as it was
        _fill(file, f"{table}_undone", ("n", "seq"), iter([(numbers.undos, 0)]))
    _raise_number(file, table, numbers.events)
    if table == "events":
        query = f"SELECT {', '.join(_UNDOS)} FROM winnow.undos WHERE log = {LOG}"
        _fill(file, "undos", _UNDOS, _stream(connection, f"{query} ORDER BY 1, 2", one))


def read_file(
    connection: Connection, membership: Membership, question: str, path: Path, newer: bool = False
) -> None:
    """Put the content of a label file in place of what a label database has of a question.

    The log of before stays in the database, where nobody looks at it any more; without events it is
    used itself. Within a transaction.

    Args:
        path: a label file of today's form that nobody writes to.
        newer: make the log one that nobody has seen: its numbers go on above all before.
    """
    with closing(sqlite3.connect(path)) as file:
        for one in logs_of(membership, question):
            log = one.log.held(connection)
            events, undos = log.events, log.undos
            if events or undos:
                connection.execute(
                    text("UPDATE winnow.logs SET replaced = clock_timestamp() WHERE id = :id"),
                    {"id": log.id},
                )
                log = one.log.held(connection)
            _read_log(connection, one, log, file)
            if newer:
                log.events, log.undos = max(log.events, events), max(log.undos, undos) + 1
            one.log.settle(connection, log)


def _read_log(connection: Connection, one: _Log, log: Numbers, file: sqlite3.Connection) -> None:
    table = one.table
    rows = file.execute(f"SELECT seq, {', '.join(one.columns)} FROM {table} ORDER BY seq")
    _insert(connection, f"winnow.{table}", ("seq", *one.columns), log, rows)
    # Of what was undone before undos had numbers there is no number.
    rows = file.execute(
        f"SELECT e.seq, MAX(u.n), e.undone_by, 'copied' FROM {table} e"
        f" LEFT JOIN {table}_undone u ON u.seq = e.seq WHERE e.undone_by IS NOT NULL"
        " GROUP BY e.seq ORDER BY e.seq"
    )
    names = ("seq", "n", "undone_by", "act")
    _insert(connection, f"winnow.{table}_undone", names, log, rows)
    last = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)"
    log.events = int(file.execute(last, (table,)).fetchone()[0])
    log.undos = int(file.execute(f"SELECT COALESCE(MAX(n), 0) FROM {table}_undone").fetchone()[0])
    if table == "events":
        rows = file.execute(f"SELECT {', '.join(_UNDOS)} FROM undos")
        _insert(connection, "winnow.undos", _UNDOS, log, rows)


def _stream(connection: Connection, query: str, one: _Log) -> Iterator[tuple[Any, ...]]:
    with connection.execute(
        text(query), one.log.key, execution_options={"yield_per": _PART}
    ) as result:
        for row in result:
            yield tuple(row)


def _fill(
    file: sqlite3.Connection, table: str, names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * len(names))
    file.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)


def _insert(
    connection: Connection,
    table: str,
    names: tuple[str, ...],
    log: Numbers,
    rows: Iterator[tuple[Any, ...]],
) -> None:
    while part := list(islice(rows, _PART)):
        values = [{"log": log.id} | dict(zip(names, row, strict=True)) for row in part]
        insert(connection, table, values)


def _raise_number(file: sqlite3.Connection, table: str, least: int) -> None:
    """No number is given twice, also where the last events are gone."""
    own = file.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    if own is None and least:
        file.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, least))
    elif own is not None and own[0] < least:
        file.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (least, table))
