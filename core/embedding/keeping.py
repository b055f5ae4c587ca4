"""What a run has finished, on disk: vectors first, then the catalog that speaks of them."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from core.embedding.engines.base import Finished
from core.encoders.base import NO_VECTOR
from core.store.catalog import ImageRow, to_frame, write_catalog
from core.store.vectors import VectorStore
from core.store.workspace import Workspace

GROUP = 64  # vectors that are flushed together: each time waits for the disk
GROUP_SECONDS = 2.0  # or as many as have come in this time
FIRST_SECONDS = 2.0  # until the catalog is first saved: people see images soon
CATALOG_SECONDS = 10.0  # between saves of the catalog, after some that are sooner
CATALOG_SHARE = 0.03  # of the time, at most: a catalog of a million rows takes seconds to write


class Keeper:
    """Stores what comes out of the engine. Used by one thread.

    A batch is written as soon as it is there, so that a killed process has lost none that was
    finished; the disk is waited for now and then, and only then do rows speak of the vectors.

    Args:
        rows: the catalog as it stands, by path.

    Attributes:
        rows: the catalog with all that is stored.
        embedded: vectors stored; handled: files whose row is final; rejected: those of no use.
    """

    def __init__(self, workspace: Workspace, store: VectorStore, rows: dict[str, ImageRow]) -> None:
        self.workspace = workspace
        self.rows = rows
        self.embedded = 0
        self.handled = 0
        self.rejected = 0
        self._store = store
        self._unflushed = 0  # vectors
        self._behind: list[ImageRow] = []  # rows that may speak of them
        self._stored_at = time.monotonic()
        self._apart = FIRST_SECONDS  # between saves, twice as long each time
        self._save_at = self._stored_at + self._apart

    def __contains__(self, image_id: str) -> bool:
        """Whether a vector is written: on the disk before any row that comes from now on."""
        return image_id in self._store

    def add(self, finished: Finished) -> None:
        """Take something from the engine.

        Raises:
            WinnowError: the disk is full or cannot be written.
        """
        finished = _usable(finished)
        if finished.vectors is not None:
            self._store.append(finished.ids, finished.vectors, flush=False)
            self._unflushed += len(finished.ids)
            self.embedded += len(finished.ids)
        self._behind += finished.rows
        waited = time.monotonic() - self._stored_at
        if self._unflushed >= GROUP or (self._behind and waited > GROUP_SECONDS):
            self.store()
            if time.monotonic() > self._save_at:
                self.save_catalog()

    def store(self) -> None:
        """Wait for the disk to have all vectors; their rows are final then."""
        self._store.flush()
        for row in self._behind:
            self.rows[row.path] = row
        self.handled += len(self._behind)
        self.rejected += sum(row.problem is not None for row in self._behind)
        self._unflushed, self._behind = 0, []
        self._stored_at = time.monotonic()

    def save_catalog(self) -> None:
        """Write the catalog with the rows whose vectors are stored."""
        begun = time.monotonic()
        write_catalog(self.workspace.catalog, to_frame(self.rows.values()))
        now = time.monotonic()
        self._apart = min(2 * self._apart, CATALOG_SECONDS)
        self._save_at = now + max(self._apart, (now - begun) / CATALOG_SHARE)


def _usable(finished: Finished) -> Finished:
    """What came without the images that the encoder has no vector for; their rows say so.

    Those rows bear no id, so that they are looked at again, by another model perhaps.
    """
    if finished.vectors is None:
        return finished
    fine = np.isfinite(finished.vectors).all(axis=1)
    if fine.all():
        return finished
    lost = {image_id for image_id, good in zip(finished.ids, fine, strict=True) if not good}
    rows = [
        replace(row, id=None, problem=NO_VECTOR) if row.id in lost else row for row in finished.rows
    ]
    return Finished(rows, [i for i in finished.ids if i not in lost], finished.vectors[fine])
