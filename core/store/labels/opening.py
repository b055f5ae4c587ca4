"""Connections to a label file: to write, to read when nothing can be written, to make it.

A connection a call: SQLite ties them to threads, and opening one costs 0.1 ms. The file is made in
one place only, so that one that is gone is noticed and not begun anew, empty.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

from core.store.labels.faults import PATIENCE, label_file_errors, primary_code

# With these, what is there may be readable all the same.
_REFUSED = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
}  # fmt: skip
_EXCLUSIVE = "mode=rw#exclusive"


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for the block, which is one transaction: on disk when it ends, or not at all.

    Raises:
        StorageError: the file cannot be written; nothing of the block is stored.
    """
    with label_file_errors(path), closing(_connect(path, "mode=rw")) as connection:
        # FULL: in WAL mode the default may lose the last commits when the power fails.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")  # closing takes back what did not come this far


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for the block, which sees one moment; also on a full or read-only disk.

    Raises:
        StorageError: the file cannot be read.
    """
    with label_file_errors(path), closing(_readable(path)) as connection:
        yield connection


def prepare(path: Path, script: str) -> None:
    """Make the label file where there is none, and what it lacks of a script's tables.

    One that lacks nothing is not written, so it opens on a full or read-only disk as well.

    Args:
        script: statements that create what is not there.

    Raises:
        StorageError: the file is damaged, or lacks something and cannot be written.
    """
    with label_file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        complete = path.exists() and _objects(script) <= _present(path)
        with closing(_connect(path, "mode=rw" if complete else "mode=rwc")) as connection:
            # Readers and a writer at once. The file works without, so no failure here is one.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            if not complete:
                connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nCOMMIT;")


def _connect(path: Path, way: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{way}", timeout=PATIENCE, uri=True, isolation_level=None
    )


def _readable(path: Path) -> sqlite3.Connection:
    refusal: sqlite3.Error | None = None
    for way in _ways(path):
        connection: sqlite3.Connection | None = None
        try:
            connection = _connect(path, way)
            if way == _EXCLUSIVE:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
            return connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            refusal = refusal or error
            if primary_code(error) not in _REFUSED:
                break
    assert refusal is not None
    raise refusal


def _ways(path: Path) -> Iterator[str]:
    """How the file may be opened for reading, the ordinary way first.

    In WAL mode readers share a file beside it, which a full or read-only disk does not take. With
    no log to be read, the file itself is all there is; else a reader that is alone needs no such
    file.
    """
    yield "mode=rw"
    yield "mode=ro"
    log = path.with_name(path.name + "-wal")
    yield _EXCLUSIVE if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _present(path: Path) -> set[tuple[str, str]]:
    with closing(_readable(path)) as connection:
        return set(connection.execute("SELECT type, name FROM sqlite_schema"))


@cache
def _objects(script: str) -> set[tuple[str, str]]:
    """What a script creates, as (type, name)."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        return set(connection.execute("SELECT type, name FROM sqlite_schema"))
