"""Which label database a workspace belongs to: ``labels-db.json`` in its folder.

Without that file labels are in the workspace itself. The password is not in it: it comes from
``--labels-db``, the environment or the client library's own password file. A database and a
collection have ids, so that another database at the same address is noticed, and the same one under
another name is not mistaken for another.
"""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.catalog import read_catalog
from core.store.labels.postgres.address import FILE, Address, named, parse
from core.store.labels.postgres.database import Database, database_at
from core.store.labels.postgres.schema import prepare
from core.store.workspace import Workspace

_LOOKED = 1_000  # labeled images that are looked for in the catalog


@dataclass(frozen=True)
class Membership:
    """A collection of a label database.

    Attributes:
        address: how this process reaches it.
        server: the id of the database.
        collection: the id of the collection.
    """

    address: Address
    server: str
    collection: str

    @property
    def database(self) -> Database:
        """The connections to it."""
        return database_at(replace(self.address, collection=""))


def membership_file(root: Path) -> Path:
    """The file that says which database a workspace belongs to."""
    return root / FILE


def read_membership(root: Path) -> Membership | None:
    """What the workspace in a folder belongs to; None for no label database.

    A database that whoever started this process named is reached in the way that is named there.

    Raises:
        WinnowError: the file is damaged.
    """
    path = membership_file(root)
    try:
        content = inputs.load_json(path)
        own = parse(content["address"])
        server, collection = (str(uuid.UUID(content[name])) for name in ("server", "collection"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): it says in which database the labels are; "
            "restore it, or delete it and name the database again with --labels-db."
        ) from error
    address = named() or own
    if address.collection not in ("", own.collection):
        raise WinnowError(
            f"The labels of {shown(root)} are in the collection {shown(own.collection)} of a label "
            f"database, not in {shown(address.collection)}: leave #{shown(address.collection)} out."
        )
    return Membership(replace(address, collection=own.collection), server, collection)


def write_membership(root: Path, membership: Membership) -> None:
    """Have a workspace belong to a label database."""
    content = {
        "format": 1,
        "address": str(membership.address.without_password()),
        "server": membership.server,
        "collection": membership.collection,
    }
    write_atomic(membership_file(root), json.dumps(content, ensure_ascii=False).encode())


def leave(root: Path) -> None:
    """Have a workspace keep its labels itself again."""
    with suppress(FileNotFoundError):
        membership_file(root).unlink()


def collection_name(workspace: Workspace, address: Address) -> str:
    """What the collection of a workspace is called in a database: as named, else as its folder."""
    return address.collection or workspace.images.name or "images"


def enter(connection: Connection, address: Address, name: str) -> Membership:
    """The collection of a name, made where there is none; within a transaction."""
    server = prepare(connection)
    add = "INSERT INTO winnow.collections (name) VALUES (:name) ON CONFLICT (name) DO NOTHING"
    connection.execute(sqlalchemy.text(add), {"name": name})
    query = sqlalchemy.text("SELECT id FROM winnow.collections WHERE name = :name")
    address = replace(address, collection=name)
    return Membership(address, server, str(connection.execute(query, {"name": name}).scalar_one()))


def questions_of(connection: Connection, membership: Membership) -> list[str]:
    """Short names of the questions that a collection has labels of, the first one first."""
    query = sqlalchemy.text(
        "SELECT DISTINCT question FROM winnow.logs WHERE collection = :collection"
        " AND replaced IS NULL ORDER BY question"
    )
    return [row[0] for row in connection.execute(query, {"collection": membership.collection})]


def join(workspace: Workspace, address: Address) -> Membership:
    """Have a workspace without labels of its own use a label database from now on.

    Raises:
        WinnowError: the database refuses, or its collection of that name is of other images.
    """
    database = database_at(replace(address, collection=""))
    name = collection_name(workspace, address)

    def work() -> Membership:
        with database.change() as connection:
            entered = enter(connection, address, name)
            check_images(connection, entered, workspace, name)
            return entered

    joined = database.patiently(work)
    write_membership(workspace.root, joined)
    return joined


def check_images(
    connection: Connection, joined: Membership, workspace: Workspace, name: str
) -> None:
    """WinnowError where people labeled images under a name, and none of them is here."""
    query = sqlalchemy.text(
        "SELECT DISTINCT e.image_id FROM winnow.events e JOIN winnow.logs l ON l.id = e.log"
        " WHERE l.collection = :collection AND l.replaced IS NULL LIMIT :most"
    )
    values = {"collection": joined.collection, "most": _LOOKED}
    labeled = {row[0] for row in connection.execute(query, values)}
    if not labeled or not workspace.catalog.exists():
        return
    here = set(read_catalog(workspace.catalog)["id"].to_list())
    if here and not labeled & here:
        raise WinnowError(
            f"The label database at {joined.address.place} has labels of other images under the "
            f"name {shown(name)}: give this collection another one, with #NAME at the end of the "
            "address."
        )
