"""Opens what people said, wherever a workspace has it: in its own file, or in a label database.

A workspace belongs to a label database once it was named for it, see
`core.store.labels.postgres.membership`; one that has labels of its own must be copied there first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of
from core.store.backups.guard import UNGUARDED, Guard
from core.store.labels.answers import Labels, TagLabels
from core.store.labels.postgres.address import FILE, named
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore
from core.store.workspace import QUESTIONS, Workspace

if TYPE_CHECKING:
    from core.store.labels.postgres.membership import Membership


def open_labels(workspace: Workspace, guard: Guard = UNGUARDED) -> Labels:
    """The labels of a workspace's question.

    Raises:
        WinnowError: they cannot be opened, or the label database that was named is not theirs.
    """
    membership = membership_of(workspace)
    if membership is None:
        return LabelStore(workspace.labels, guard)
    from core.store.labels.postgres.labels import PostgresLabels

    return PostgresLabels(membership, workspace.question, guard)


def open_tags(workspace: Workspace, guard: Guard = UNGUARDED) -> TagLabels:
    """The tag labels of a workspace; WinnowError as for `open_labels`."""
    first = workspace.collection
    membership = membership_of(first)
    if membership is None:
        return TagLabelStore(first.labels, guard)
    from core.store.labels.postgres.tags import PostgresTagLabels

    return PostgresTagLabels(membership, "", guard)


def membership_of(workspace: Workspace) -> Membership | None:
    """The label database of a workspace, which joins the one that was named; None for its own file.

    Raises:
        WinnowError: the workspace has labels of its own, or that database refuses.
    """
    if (workspace.root / FILE).exists():
        require_driver()
        from core.store.labels.postgres.membership import read_membership

        return read_membership(workspace.root)
    address = named()
    if address is None:
        return None
    require_driver()
    if holds_labels(workspace.root):
        raise WinnowError(
            f"The workspace {shown(workspace.root)} has labels of its own: copy them to the label "
            f"database with 'winnow labels copy {shown(workspace.images)} --to {address}', or "
            "leave the database out."
        )
    from core.store.labels.postgres.membership import join

    return join(workspace, address)


def has_store(workspace: Workspace) -> bool:
    """Whether a question's labels can be opened without making a file for them."""
    return membership_of(workspace) is not None or workspace.labels.exists()


def place_mark(root: Path) -> object:
    """Changes when the labels of a workspace go to another place; None for its own file."""
    try:
        return mark_of(root / FILE)
    except OSError:
        return None


def require_driver() -> None:
    """WinnowError where what talks to PostgreSQL is not installed."""
    if find_spec("psycopg") is None or find_spec("sqlalchemy") is None:
        raise WinnowError(
            "Labels in PostgreSQL need two more packages: install them with "
            "pip install 'winnow[postgres]'."
        )


def label_files(root: Path) -> dict[str, Path]:
    """Short name of a question → its label file, of all questions of a workspace that have one."""
    homes = {"": root} | {home.name: home for home in sorted((root / QUESTIONS).glob("*"))}
    files = {slug: home / Workspace(root, root).labels.name for slug, home in homes.items()}
    return {slug: path for slug, path in files.items() if path.is_file()}


def holds_labels(root: Path) -> bool:
    """Whether anybody has ever said anything in the label files of a workspace."""
    return any(_holds_events(path) for path in label_files(root).values())


def _holds_events(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return any(map(_ever(connection), ("events", "tag_events")))
    except sqlite3.Error:  # said by whoever opens it
        return True


def _ever(connection: sqlite3.Connection) -> Callable[[str], bool]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    there = {name for (name,) in connection.execute(query)}
    return lambda table: (
        table in there
        and connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None
    )
