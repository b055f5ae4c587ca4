"""The long work of the Deliveries page: receiving, exporting, folding in, embedding."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.background import Task
from core.runtime.progress import Report
from core.services.deliveries import folding, receiving, taking
from core.services.deliveries.changed import Changed, changed
from core.services.deliveries.fields import Fields
from core.services.deliveries.folding import Folded
from core.services.deliveries.records import Record
from core.services.sorter import loading
from core.services.sorter.running import Outcome
from core.sorter.sorter import Sorter
from core.store.people import roles
from core.store.people.gate import doing
from core.store.places import deliveries_root
from core.store.table_rows import Rejected
from core.store.workspace import check_images
from core.ui.session import host, rights, session, tasks

RECEIVE, EXPORT, FOLD, COMPARE = "delivery", "delivery-export", "delivery-fold", "changed"
"""Kinds of work, see ``tasks``."""


@dataclass(frozen=True)
class Received:
    """What came of receiving a delivery.

    Attributes:
        key: of its record; before: when the same came already; "" when it did not.
        problems: (path, reason) of files of no use; rejected: rows of the table of fields.
        notes: sentences that are worth knowing.
    """

    key: str
    before: str
    problems: list[tuple[str, str]]
    rejected: list[Rejected]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """What was done with a delivery.

    Attributes:
        key: of its record.
    """

    key: str
    outcome: Outcome | Folded


def key() -> str:
    """Of the open workspace, else of this browser session: where this page's work is found."""
    project = session.current()
    return project.workspace.collection.key if project is not None else session.name()


def latest(kind: str) -> Task | None:
    """The latest work of a kind."""
    return tasks.task(kind, key())


def start_receiving(source: Path, make: Callable[[Report], Sorter], fields: Fields) -> None:
    """Receive a folder or archive.

    Args:
        make: gives the model.
    """

    def work(report: Report) -> Received:
        notes: list[str] = []
        folder = check_images(source, report)
        sorter = make(report)
        encoder = host.shared.encoder(sorter.content.encoder.spec, report)
        loading.check(sorter.content, encoder, notes.append)
        delivery = receiving.receive(
            folder, sorter, encoder, fields, deliveries_root(sorter.content.name),
            source.absolute().name, report, note=notes.append,
        )  # fmt: skip
        return Received(
            delivery.record.key, delivery.before, delivery.problems, delivery.filled.rejected,
            tuple(notes),
        )  # fmt: skip

    tasks.start(RECEIVE, key(), "Receiving", work)


def start_export(place: Path, record: Record, out: Path) -> None:
    """Write a delivery into class folders."""
    rights.require(roles.EXPORT)

    def work(report: Report) -> Taken:
        sorter = taking.sorter_of(place, record)
        encoder = host.shared.encoder(sorter.content.encoder.spec, report)
        loading.check(sorter.content, encoder)
        return Taken(record.key, taking.export(place, record, sorter, encoder, out, report))

    tasks.start(EXPORT, key(), "Export", work)


def start_folding(place: Path, record: Record, project: Project) -> None:
    """Copy a delivery's images into the collection, and embed what is new there."""
    spec = project.workspace.encoder.spec if project.workspace.encoder else "starter"

    def work(report: Report) -> Taken:
        ids = set(project.pool().ids)
        with doing(project.workspace.root, roles.IMPORT, f"the delivery {record.name}"):
            folded = folding.fold_in(place, record, project.workspace.images, ids, report)
        if folded.folder is not None:
            encoder = host.shared.encoder(spec, report)
            embed(project.workspace, encoder, report)
            project.use(encoder)
        return Taken(record.key, folded)

    tasks.start(FOLD, key(), "Folding in", work)


@dataclass(frozen=True)
class Compared:
    """What two model files say of a folder."""

    folder: Path
    changed: Changed


def start_comparing(source: Path, before: Sorter, after: Sorter) -> None:
    """Classify a folder or archive with two model files."""

    def work(report: Report) -> Compared:
        folder = check_images(source, report)
        encoder = host.shared.encoder(after.content.encoder.spec, report)
        loading.check(after.content, encoder)
        digest = hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()
        parts = deliveries_root("").parent / ".changed" / f"{digest}.parts"
        return Compared(folder, changed(folder, before, after, encoder, parts, report))

    tasks.start(COMPARE, key(), "Comparing", work)


def start_embedding(project: Project, spec: str) -> None:
    """Embed what is new in the folder of a project."""

    def work(report: Report) -> object:
        encoder = host.shared.encoder(spec, report)
        result = embed(project.workspace, encoder, report)
        project.use(encoder)
        return result

    tasks.start(tasks.EMBED, project.workspace.collection.key, "Embedding", work)
