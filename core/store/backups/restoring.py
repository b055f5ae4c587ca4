"""Putting a backup back: what would change, then the labels in one transaction.

The labels are written into the present file by SQLite's backup interface, so that whoever has it
open (a running app, another process) sees the old labels or the restored ones and loses no write. A
file that is damaged is moved aside, never deleted, and the backup takes its place.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.backups import belongings
from core.store.backups.listing import FOLDER, Backup
from core.store.backups.taking import (
    LABELS,
    back_up,
    connect,
    copy_database,
    locked,
    tables,
)
from core.store.labels.sqlite import LabelStore
from core.store.labels.stores import membership_of, open_labels, open_tags
from core.store.labels.tags import TagLabelStore
from core.store.workspace import Workspace

_LOGS = ("events", "tag_events")


@dataclass(frozen=True)
class Changes:
    """What putting a backup back does to the labels of images and tags.

    Attributes:
        now, then: labeled images at present, which is None where that cannot be read, and in the
            backup.
        back: images that get a label again; gone: that lose theirs; other: that get another class.
        tag_answers: answers about tags that differ.
        vocabulary: whether the vocabulary file differs.
        beside: what else differs of what comes back as it was, in plain words.
    """

    now: int | None
    then: int
    back: int
    gone: int
    other: int
    tag_answers: int
    vocabulary: bool
    beside: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is as it is in the backup."""
        return self.now is not None and not (
            self.back or self.gone or self.other or self.tag_answers or self.vocabulary
            or self.beside
        )  # fmt: skip

    def as_text(self) -> str:
        """In a sentence or two."""
        if self.nothing:
            return "Nothing differs from what is there now."
        if self.now is None:
            text = f"The present labels cannot be read; the backup holds {self.then:,}."
        else:
            text = (
                f"{self.now:,} labeled images now, {self.then:,} in the backup: {self.back:,} get "
                f"a label back, {self.gone:,} lose theirs, {self.other:,} get another class."
            )
        if self.tag_answers:
            text += f" {self.tag_answers:,} answers about tags differ."
        text += " The classes, prompts or tags differ." if self.vocabulary else ""
        return text + (f" Also different: {'; '.join(self.beside)}." if self.beside else "")


def changes(workspace: Workspace, backup: Backup) -> Changes:
    """What `restore` would change.

    Raises:
        WinnowError: the backup cannot be read.
    """
    then, then_tags = _contents(backup)
    classes = vocabulary_of(workspace, backup)
    differs = classes is not None and classes != _bytes(workspace.vocabulary)
    with _restore_errors(backup):
        beside = belongings.differing(workspace, backup)
    try:
        now, now_tags = _present(workspace)
    except WinnowError:
        return Changes(None, len(then), len(then), 0, 0, len(then_tags), differs, beside)
    return Changes(
        now=len(now),
        then=len(then),
        back=len(then.keys() - now.keys()),
        gone=len(now.keys() - then.keys()),
        other=sum(now[i] != name for i, name in then.items() if i in now),
        tag_answers=len(dict(then_tags.items() ^ now_tags.items())),
        vocabulary=differs,
        beside=beside,
    )


def restore_labels(
    workspace: Workspace, backup: Backup, settings: bool = False
) -> tuple[Backup | None, Path | None]:
    """Put the labels of a backup in place of the present ones.

    The present state is backed up first. What belongs to the labels (signed folders, images drawn
    at random) is put back as it was, with ``settings`` how predictions are made too. Of other files
    (captions, splits, the history of the classes, the ledger) those that are gone come back, and
    those that are there stay. So do all where the present state could not be backed up.

    Returns:
        The backup of the present state, None when there was nothing to lose or it could not be
        read; and where a damaged label file was moved, else None.

    Raises:
        WinnowError: the backup cannot be read, the present state not be backed up, the label file
            is locked, or the disk is full; the present labels stay as they are.
    """
    membership = membership_of(workspace)
    damaged = membership is None and not _healthy(workspace.labels)
    why = f"before {backup.name} was put back"
    before = None if damaged else back_up(workspace, why, backup.number)
    aside: Path | None = None
    with locked(workspace.home), _workplace(workspace.home) as work, _restore_errors(backup):
        fresh = work / LABELS
        if backup.labels or backup.tag_labels or (backup.folder / LABELS).exists():
            shutil.copyfile(backup.folder / LABELS, fresh)
        LabelStore(fresh)  # an older backup gets the tables and columns of today
        TagLabelStore(fresh)
        if membership is not None:
            from core.store.labels.postgres.carrying import put_back

            put_back(membership, workspace.question, fresh)
        else:
            aside = _put_into_file(fresh, workspace, damaged)
    with _restore_errors(backup), storage_errors(workspace.home):
        belongings.bring(workspace, backup, before is not None, settings)
    return before, aside


def _put_into_file(fresh: Path, workspace: Workspace, damaged: bool) -> Path | None:
    """Put restored labels into the label file; where a damaged one was moved, else None."""
    aside = _set_aside(workspace) if damaged or not workspace.labels.exists() else None
    if workspace.labels.exists():
        _mark_as_newer(fresh, workspace.labels)
        _write_into(fresh, workspace.labels)
    else:
        _mark_as_newer(fresh, None)
        single = fresh.with_name("single.sqlite")
        copy_database(fresh, single)
        write_atomic(workspace.labels, single.read_bytes())
    LabelStore(workspace.labels)  # back to write-ahead logging
    return aside


def vocabulary_of(workspace: Workspace, backup: Backup) -> bytes | None:
    """The vocabulary file in a backup; None when it had none.

    Raises:
        WinnowError: it cannot be read.
    """
    return _bytes(backup.folder / workspace.vocabulary.name)


def _contents(backup: Backup) -> tuple[dict[str, str], Mapping[tuple[str, str], bool]]:
    """Labels and tag labels of a backup, read from a copy: opening a log writes to it."""
    path = backup.folder / LABELS
    if not path.is_file() and not backup.labels and not backup.tag_labels:
        return {}, {}
    with tempfile.TemporaryDirectory(prefix="winnow-") as work, _restore_errors(backup):
        copy = Path(work) / LABELS
        shutil.copyfile(path, copy)
        return dict(LabelStore(copy).classes()), TagLabelStore(copy).state().values


def _present(workspace: Workspace) -> tuple[dict[str, str], Mapping[tuple[str, str], bool]]:
    if membership_of(workspace) is not None:
        tags = {} if workspace.question else open_tags(workspace).state().values
        return dict(open_labels(workspace).classes()), tags
    if not workspace.labels.exists():
        return {}, {}
    if not _healthy(workspace.labels):
        raise WinnowError(f"The label file {shown(workspace.labels)} is damaged.")
    labels = LabelStore(workspace.labels)
    return dict(labels.classes()), TagLabelStore(workspace.labels).state().values


def _healthy(labels: Path) -> bool:
    """Whether the label file can be read; one that is not there, or only locked, can."""
    if not labels.exists():
        return True
    try:
        with closing(connect(labels)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError as error:
        raise WinnowError(
            f"The label file {shown(labels)} cannot be opened ({error}): close other programs "
            "that use it, check the disk and that the folder can be written."
        ) from error
    except sqlite3.DatabaseError:
        return False


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise WinnowError(f"{shown(path)} cannot be read: {error.strerror}.") from error


@contextmanager
def _workplace(root: Path) -> Iterator[Path]:
    """A folder on the disk of the workspace; those that crashes left are removed."""
    folder = root / FOLDER
    with storage_errors(folder):
        for left in folder.glob(".restoring-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder) as work:
            yield Path(work)


def _mark_as_newer(fresh: Path, present: Path | None) -> None:
    """Make the restored log one that nobody has seen: caches go by its version and number.

    Numbers of events to come begin above all that were ever given, and one empty undo changes the
    version even where the events are the same.
    """
    with closing(connect(fresh)) as copy:
        highest: dict[str, int] = {}
        restored = int(copy.execute("PRAGMA user_version").fetchone()[0])
        if present is not None:
            with closing(connect(present)) as now:
                restored = max(restored, int(now.execute("PRAGMA user_version").fetchone()[0]))
                if "sqlite_sequence" in tables(now):
                    highest = dict(now.execute("SELECT name, seq FROM sqlite_sequence"))
        with copy:
            for log in _LOGS:
                _raise_numbers(copy, log, highest)
                _raise_numbers(copy, f"{log}_undone", highest)
                copy.execute(f"INSERT INTO {log}_undone (seq) VALUES (0)")
            if "claims" in tables(copy):
                copy.execute("DELETE FROM claims")
            copy.execute(f"PRAGMA user_version = {(restored + 1) % 2**31}")


def _raise_numbers(copy: sqlite3.Connection, table: str, highest: Mapping[str, int]) -> None:
    own = dict(copy.execute("SELECT name, seq FROM sqlite_sequence")).get(table)
    seq = max(own or 0, highest.get(table, 0))
    if own is None:
        copy.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, seq))
    else:
        copy.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (seq, table))


def _write_into(fresh: Path, labels: Path) -> None:
    """Replace the content of the present label file, in one transaction."""
    until = time.monotonic() + 30

    def patient(status: int, remaining: int, total: int) -> None:
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    with closing(connect(fresh)) as source, closing(connect(labels)) as target:
        source.backup(target, progress=patient, sleep=0.05)


def _set_aside(workspace: Workspace) -> Path | None:
    """Move a damaged label file, with what belongs to it, where it can be looked at.

    Files that belong to one that is gone go too: SQLite would write them into its successor.
    """
    names = [workspace.labels.name + end for end in ("", "-wal", "-shm", "-journal")]
    there = [path for path in map(workspace.home.joinpath, names) if path.exists()]
    if not there:
        return None
    folder = workspace.home / FOLDER / f"damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{folder.name.partition('.')[0]}.{number}")
    folder.mkdir(parents=True)
    for path in there:
        path.rename(folder / path.name)
    return folder


@contextmanager
def _restore_errors(backup: Backup) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise WinnowError(
            f"The backup {shown(backup.folder)} was not put back ({error}): close other programs "
            "that use the workspace, check the disk, and try again."
        ) from error
    except (sqlite3.Error, OSError) as error:
        raise WinnowError(
            f"The backup {shown(backup.folder)} was not put back ({error}): choose another one."
        ) from error
