"""Taking a backup: a consistent, checked copy of what people said, in one step.

Labels are copied by SQLite's backup interface (https://sqlite.org/backup.html), which sees one
moment of a database that others write to, checkpointed into a single file. A copy that is damaged
is no backup: it is thrown away, so that a damaged file never pushes out the good ones.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, sync_folder, write_atomic
from core.store.backups import belongings
from core.store.backups.listing import ABOUT, FOLDER, FORMAT, Backup, backups_of, way_back
from core.store.backups.spread import surplus
from core.store.labels.stores import membership_of
from core.store.workspace import Workspace

MOST = 10
MOST_BYTES = 2_000_000_000  # of all backups of one workspace
SPARE_BYTES = 64_000_000  # to be left on the disk
PATIENCE = 10.0  # seconds for another backup, or a writer, to end
LABELS = "labels.sqlite"
_TABLES = ("events", "tag_events")


def back_up(workspace: Workspace, why: str, needed: int = 0) -> Backup | None:
    """Keep a copy of what people said, unless the newest backup is of the same state.

    Args:
        why: which change comes next, or that it was due.
        needed: number of a backup that must not make room for it.

    Returns:
        The backup of the present state; None when nobody has said anything yet.

    Raises:
        WinnowError: the labels are damaged or locked, the disk is full or cannot be written; what
            there was stays as it was.
    """
    present = state_of(workspace)
    if present is None:
        return None
    with locked(workspace.home):
        earlier = backups_of(workspace.home)
        if earlier and earlier[0].state == present:
            return earlier[0]
        taken = _take(workspace, why, earlier[0].number + 1 if earlier else 1)
        _thin(workspace.home, needed)
        return taken


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """One process at a time among the backups of a workspace; WinnowError after `PATIENCE`."""
    folder = root / FOLDER
    lock = FileLock(folder / ".lock", PATIENCE, poll_interval=0.02)
    try:
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
    except Timeout:
        raise WinnowError(
            f"Another Winnow has been at the backups in {shown(folder)} for more than "
            f"{PATIENCE:g} seconds: try again in a moment."
        ) from None
    except (FileExistsError, NotADirectoryError):
        raise WinnowError(f"{shown(folder)} is no folder: remove it.") from None
    try:
        yield
    finally:
        lock.release()


def state_of(workspace: Workspace) -> Any:
    """What tells two states apart, as plain JSON; None when there is nothing to lose.

    Raises:
        WinnowError: the labels or a file beside them cannot be read.
    """
    log: Any = None
    if (membership := membership_of(workspace)) is not None:
        from core.store.labels.postgres.carrying import log_state

        log = log_state(membership, workspace.question)
    elif workspace.labels.exists():
        with _label_errors(workspace.labels), closing(connect(workspace.labels)) as connection:
            log = _log_state(connection)
    with _read_errors(workspace.home):
        beside = {p.name: belongings.digest(p) for p in _there(workspace)}
    return {"labels": log, "beside": beside} if log or beside else None


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a label file that is there already."""
    return sqlite3.connect(path, timeout=PATIENCE)


def _log_state(connection: sqlite3.Connection) -> list[Any] | None:
    """The last event and the last undo of each log; None when nobody has said anything."""
    there = tables(connection)
    state: list[Any] = []
    for table in _TABLES:
        if table not in there:
            continue
        last = f"SELECT seq, time, client FROM {table} ORDER BY seq DESC LIMIT 1"
        state.append([table, *(connection.execute(last).fetchone() or ())])
        if f"{table}_undone" in there:
            state.append(connection.execute(f"SELECT MAX(n) FROM {table}_undone").fetchone()[0])
    return state if any(isinstance(part, list) and len(part) > 1 for part in state) else None


def tables(connection: sqlite3.Connection) -> set[str]:
    """Names of the tables of a database."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return {name for (name,) in connection.execute(query)}


def _there(workspace: Workspace) -> list[Path]:
    """What people made beside the labels."""
    every = [*belongings.files(workspace), *belongings.folders(workspace)]
    return [path for path in every if path.exists()]


def _take(workspace: Workspace, why: str, number: int) -> Backup:
    folder = workspace.home / FOLDER
    moment = time.time()
    final = folder / f"{number:06}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(moment))}"
    work = folder / f".new-{final.name}"
    with storage_errors(folder):
        for left in (*folder.glob(".new-*"), *folder.glob(".old-*")):  # by a crash
            shutil.rmtree(left, ignore_errors=True)
        _check_space(workspace, folder)
        work.mkdir()
        try:
            content = _fill(work, workspace) | {"format": FORMAT, "time": moment, "why": why}
            write_atomic(work / ABOUT, json.dumps(content, ensure_ascii=False).encode())
            work.rename(final)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        sync_folder(folder)
    state = content["state"]
    return Backup(final, number, moment, why, content["labels"], content["tag_labels"], state)


def _fill(work: Path, workspace: Workspace) -> dict[str, Any]:
    """Copy everything, check it, and say what it is."""
    content: dict[str, Any] = {"labels": 0, "tag_labels": 0}
    log: Any = None
    if _copy_labels(workspace, work / LABELS):
        with _label_errors(workspace.labels), closing(connect(work / LABELS)) as labels:
            problem = labels.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise sqlite3.DatabaseError(problem)
            log = _log_state(labels)
            content |= {"labels": _count(labels, "events", "kind = 'label'")}
            content |= {"tag_labels": _count(labels, "tag_events", "value IS NOT NULL")}
    beside = _there(workspace)
    for path in beside:
        copy = belongings.copy_folder if path.is_dir() else shutil.copyfile
        copy(path, work / path.name)
    for path in work.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    digests = {path.name: belongings.digest(work / path.name) for path in beside}
    covers = [path.name for path in belongings.files(workspace)]
    return content | {"state": {"labels": log, "beside": digests}, "covers": covers}


def _copy_labels(workspace: Workspace, target: Path) -> bool:
    """Copy the labels into a new file, from wherever they are; False where there are none yet."""
    if (membership := membership_of(workspace)) is not None:
        from core.store.labels.postgres.carrying import save

        save(membership, workspace.question, target)
        return True
    if not workspace.labels.exists():
        return False
    with _label_errors(workspace.labels):
        copy_database(workspace.labels, target)
    return True


def copy_database(source: Path, target: Path) -> None:
    """Copy a label file as it is at one moment into a new single file; sqlite3.Error."""
    until = time.monotonic() + PATIENCE

    def patient(status: int, remaining: int, total: int) -> None:
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    with closing(connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy, progress=patient, sleep=0.05)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be carried about


def _count(connection: sqlite3.Connection, table: str, condition: str) -> int:
    if table not in tables(connection):
        return 0
    what = "DISTINCT image_id" if table == "events" else "*"
    query = f"SELECT COUNT({what}) FROM {table} WHERE undone_by IS NULL AND {condition}"
    return int(connection.execute(query).fetchone()[0])


def _check_space(workspace: Workspace, folder: Path) -> None:
    files = [workspace.labels, *belongings.files(workspace)]  # folders are linked
    need = sum(path.stat().st_size for path in files if path.exists())
    free = shutil.disk_usage(folder).free
    if free < need + SPARE_BYTES:
        raise WinnowError(
            f"A backup needs {need / 1e6:,.0f} MB and the disk that holds {shown(folder)} has "
            f"{free / 1e6:,.0f} MB left: free some space."
        )


def _thin(root: Path, needed: int) -> None:
    """Let surplus backups go: too many or too large; the one with the most labels stays."""
    backups = backups_of(root)[::-1]
    if not backups:
        return
    fullest = max(range(len(backups)), key=lambda place: (backups[place].labels, place))
    stay = {fullest} | {place for place, each in enumerate(backups) if each.number == needed}
    gone = set(surplus([backup.time for backup in backups], MOST, stay))
    sizes = [0 if place in gone else backup.size for place, backup in enumerate(backups)]
    for place in range(len(backups) - 2):
        if sum(sizes) > MOST_BYTES and place not in stay:
            sizes[place] = 0
            gone.add(place)
    for place in gone:
        folder = backups[place].folder
        old = folder.with_name(f".old-{folder.name}")  # a crash leaves no half of a backup
        with suppress(OSError):  # next time, then
            folder.rename(old)
            shutil.rmtree(old)


@contextmanager
def _label_errors(labels: Path) -> Iterator[None]:
    """What SQLite refuses, as a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise WinnowError(
            f"The label file {shown(labels)} cannot be read for a backup ({error}): check the disk "
            "and that the folder can be written."
        ) from error
    except sqlite3.Error as error:
        raise WinnowError(
            f"The label file {shown(labels)} is damaged ({error}), so no backup was made of it. "
            f"{way_back(labels)}"
        ) from error


@contextmanager
def _read_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WinnowError(
            f"What lies in {shown(root)} cannot be read for a backup ({error.strerror}): check "
            "the disk and the permissions."
        ) from error
