"""``winnow labels copy``: what people said, from a workspace into a label database and back.

Every question with its tag labels is carried, event by event, and compared afterwards. Only then
does the workspace go over to the other place; until then it has its labels where they were.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, sync_folder
from core.store.backups.listing import FOLDER
from core.store.backups.taking import copy_database
from core.store.labels.comparing import equal, extends, size
from core.store.labels.faults import label_file_errors
from core.store.labels.opening import writing
from core.store.labels.postgres.address import FILE, parse
from core.store.labels.sqlite import LabelStore
from core.store.labels.stores import label_files, require_driver
from core.store.labels.tags import TagLabelStore
from core.store.people.gate import note, require
from core.store.people.roles import SETTINGS
from core.store.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from core.store.labels.postgres.membership import Membership

_CLOSED = "these labels were copied to a label database, where the workspace has them now"


@dataclass(frozen=True)
class Copied:
    """What was carried.

    Attributes:
        to: the database without its password, or "sqlite".
        questions: short name of each question → its events: "labels", "tags", "undone".
        aside: where label files that were in the way lie now.
    """

    to: str
    questions: Mapping[str, Mapping[str, int]]
    aside: Path | None = None

    @property
    def events(self) -> int:
        """Answers about images and tags."""
        return sum(one["labels"] + one["tags"] for one in self.questions.values())

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow labels copy --json``."""
        aside = str(self.aside) if self.aside else None
        return {"to": self.to, "events": self.events, "questions": self.questions, "aside": aside}


def to_database(workspace: Workspace, to: str) -> Copied:
    """Carry the labels of a workspace into a label database, where it has them from now on.

    Args:
        to: the address; see `core.store.labels.postgres.address`.

    Raises:
        WinnowError: the database refuses or does not answer, it has other labels under that name,
            or the labels are in a database already.
    """
    require_driver()
    from core.store.labels.postgres import membership as memberships
    from core.store.labels.postgres.database import database_at

    address, root = parse(to), workspace.root
    if (root / FILE).exists():
        raise WinnowError(
            f"The labels of {shown(root)} are in a label database already: copy them back with "
            "--to sqlite first."
        )
    require(root, SETTINGS)
    name = memberships.collection_name(workspace, address)
    database = database_at(replace(address, collection=""))
    files = label_files(root)
    with _workplace(root) as work, _closed_to_others(files.values()):
        for slug, path in files.items():
            _copy_of(path, work / f"from-{slug}")

        def carry() -> Membership:
            with database.change() as connection:
                entered = memberships.enter(connection, address, name)
                memberships.check_images(connection, entered, workspace, name)
                for slug in files:
                    _into(connection, entered, slug, work)
                return entered

        entered = database.patiently(carry)
        memberships.write_membership(root, entered)
        counts = {slug: size(work / f"from-{slug}") for slug in files}
    aside = _set_aside(root, files.values())
    note(root, SETTINGS, f"labels copied to the label database at {entered.address.place}")
    return Copied(str(entered.address.without_password()), counts, aside)


def to_files(workspace: Workspace) -> Copied:
    """Carry the labels of a workspace out of a label database, into its own files from now on.

    The database keeps what it has: others may go on with it.

    Raises:
        WinnowError: the labels are no database's, it does not answer, or the workspace has label
            files with other labels.
    """
    require_driver()
    from core.store.labels.postgres import membership as memberships

    root = workspace.root
    membership = memberships.read_membership(root)
    if membership is None:
        raise WinnowError(f"The labels of {shown(root)} are in the workspace already.")
    require(root, SETTINGS)
    with _workplace(root) as work:

        def carry() -> dict[str, dict[str, int]]:
            # What is held cannot change until the workspace has its labels itself.
            with membership.database.change() as connection:
                slugs = memberships.questions_of(connection, membership)
                for slug in slugs:
                    _out_of(connection, membership, slug, workspace, work)
                for slug in slugs:
                    _put(work / f"to-{slug}", workspace.asking(slug).labels)
                memberships.leave(root)
            return {slug: size(workspace.asking(slug).labels) for slug in slugs}

        counts = membership.database.patiently(carry)
    note(root, SETTINGS, "labels copied from the label database into the workspace")
    return Copied("sqlite", counts)


def _into(connection: Connection, entered: Membership, slug: str, work: Path) -> None:
    """Bring one question into the database, and look whether it arrived as it was."""
    from core.store.labels.postgres import carrying

    source, there = work / f"from-{slug}", work / f"there-{slug}"
    for again in (False, True):
        there.unlink(missing_ok=True)
        carrying.hold(connection, entered, slug)
        carrying.write_file(connection, entered, slug, there)
        if equal(source, there):
            return
        if again:
            raise WinnowError(
                "The labels did not arrive as they were: nothing was changed; tell us how to do "
                "that again."
            )
        if not extends(source, there):
            raise WinnowError(
                f"The label database at {entered.address.place} has other labels under the name "
                f"{shown(entered.address.collection)}, which these would be mixed with: give this "
                "collection another name, with #NAME at the end of the address."
            )
        carrying.read_file(connection, entered, slug, source)


def _out_of(
    connection: Connection, membership: Membership, slug: str, workspace: Workspace, work: Path
) -> None:
    """Write one question into a new file, and look whether what lies there may go."""
    from core.store.labels.postgres import carrying

    target, present = work / f"to-{slug}", workspace.asking(slug).labels
    target.unlink(missing_ok=True)
    carrying.hold(connection, membership, slug)
    carrying.write_file(connection, membership, slug, target)
    if present.exists():
        copy = work / f"present-{slug}"
        copy.unlink(missing_ok=True)
        _copy_of(present, copy)
        if not extends(target, copy):
            raise WinnowError(
                f"{shown(present)} has other labels, which those of the database would be mixed "
                "with: move it away first."
            )


def _put(source: Path, target: Path) -> None:
    """Put a label file into place; copied, so that it may be done again."""
    with storage_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        for end in ("-wal", "-shm", "-journal"):  # SQLite would write them into the new file
            target.with_name(target.name + end).unlink(missing_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        shutil.copyfile(source, fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
        sync_folder(target.parent)
    LabelStore(target)
    TagLabelStore(target)


@contextmanager
def _workplace(root: Path) -> Iterator[Path]:
    """A folder on the disk of the workspace, for copies."""
    with storage_errors(root), tempfile.TemporaryDirectory(prefix=".copying-", dir=root) as work:
        yield Path(work)


def _copy_of(path: Path, copy: Path) -> None:
    with label_file_errors(path):
        copy_database(path, copy)
    LabelStore(copy)  # an older file gets the tables of today
    TagLabelStore(copy)


@contextmanager
def _closed_to_others(files: Iterable[Path]) -> Iterator[None]:
    """Hold label files for the block, and leave them closed: what comes later is refused.

    Whoever has them open, such as a running app, keeps what it could not store and finds the
    database when it comes again. Where the block fails they are as they were.
    """
    with ExitStack() as stack:
        connections = [stack.enter_context(writing(path)) for path in files]
        yield
        for connection in connections:
            _close(connection)


def _close(connection: sqlite3.Connection) -> None:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    there = {name for (name,) in connection.execute(query)}
    for table in ("events", "tag_events", "undos"):
        for what in ("INSERT", "UPDATE"):
            if table in there:
                connection.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_closed_{what} BEFORE {what} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END"
                )


def _set_aside(root: Path, files: Iterable[Path]) -> Path | None:
    """Move label files to the backups of their question; the folder of the first one."""
    first: Path | None = None
    for path in files:
        folder = path.parent / FOLDER / f"copied-{time.strftime('%Y%m%d-%H%M%S')}"
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            single = folder / path.name
            with closing(sqlite3.connect(path)) as file:  # what is beside it goes into it
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            path.replace(single)
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
        first = first or folder
    return first
