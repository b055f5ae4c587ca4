"""From a folder of files to a catalog and stored vectors, touching only what is new or changed.

`pipeline` reads and encodes in threads; what it finishes is stored by the calling thread, vectors
before the catalog rows that speak of them, so that a crash loses a few seconds at most.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from core.embedding.engines.threads import Pipeline
from core.embedding.keeping import Keeper
from core.embedding.pending import Pending, pending
from core.embedding.reading import Read, read
from core.encoders.base import Encoder
from core.images.scan import FoundFile, Scan
from core.runtime.errors import WinnowError
from core.runtime.machine import usable_cpus
from core.runtime.progress import Report
from core.store import lock
from core.store.catalog import ImageRow, to_frame, write_catalog
from core.store.vectors import VectorStore
from core.store.workspace import EncoderRecord, Workspace

MOST_READERS = 32


@dataclass(frozen=True)
class EmbedResult:
    """What a run did.

    Attributes:
        images: usable files; rejected: path and reason of the others.
        notes: what the user should know about how the encoder ran, one sentence each.
    """

    images: int
    embedded: int
    reused: int
    rejected: list[tuple[str, str]]
    seconds: float
    device: str
    model: str
    ignored: int
    archives: int = 0
    notes: tuple[str, ...] = ()

    @property
    def images_per_second(self) -> float:
        return self.embedded / self.seconds if self.seconds > 0 else 0.0


def embed(
    workspace: Workspace,
    encoder: Encoder,
    report: Report | None = None,
    batch_size: int | None = None,
    workers: int | None = None,
    reread: bool = False,
    wait: bool = False,
) -> EmbedResult:
    """Bring catalog and vectors of ``workspace`` up to date with its image folder.

    Args:
        report: takes progress and the wish to stop.
        batch_size: images a forward pass; chosen from the device when None.
        workers: decoding threads; chosen from the machine when None.
        reread: read every file again, also those that have not changed by size and time.
        wait: when another process writes to the workspace, wait for it instead of giving up.

    Raises:
        WinnowError: the folder holds no images, or the workspace cannot be written.
        Cancelled: asked to stop; everything finished so far is kept.
    """
    report = report or Report()
    begun = time.monotonic()
    with lock.writer(workspace.root, "embedding", report.step if wait else None):
        todo = pending(workspace, encoder.identity, report, reread)
        if not todo.found.files:
            raise _no_images(workspace.images, todo.found)
        store = VectorStore(workspace.vectors(encoder.identity), encoder.dim, writable=True)
        # Until a changed file has been read again its old row stands, so that a crash loses none.
        stale = {f.path: todo.known[f.path] for f in todo.to_read if f.path in todo.known}
        keeper = Keeper(workspace, store, stale | todo.settled)
        if workspace.encoder is None:
            workspace = workspace.with_encoder(_record(encoder))
        try:
            _embed_files(keeper, todo, encoder, store, report, batch_size, workers)
        finally:
            keeper.save_catalog()
        if workspace.encoder != _record(encoder):
            workspace.with_encoder(_record(encoder))
    used = bool(keeper.embedded)  # otherwise the encoder may not even be loaded
    device, notes = (encoder.device, encoder.notes) if used else ("cpu", ())
    result = _result(keeper.rows, todo.found, keeper.embedded, begun, device, encoder.spec)
    return replace(result, notes=notes)


def _result(
    rows: dict[str, ImageRow], found: Scan, embedded: int, begun: float, device: str, model: str
) -> EmbedResult:
    rejected = [(row.path, row.problem) for row in rows.values() if row.problem]
    usable = len(rows) - len(rejected)
    return EmbedResult(
        images=usable,
        embedded=embedded,
        reused=usable - embedded,
        rejected=sorted(rejected),
        seconds=time.monotonic() - begun,
        device=device,
        model=model,
        ignored=found.ignored,
        archives=len(found.archives),
    )


def already_embedded(
    workspace: Workspace, identity: str | None, report: Report
) -> EmbedResult | None:
    """What ``embed`` would return when no file has to be read, without loading the encoder.

    Args:
        identity: of the encoder that is wanted; None where only loading it would tell.

    Returns:
        None when there is something to do for the encoder. The device of the result is "cpu",
        which did all the looking.
    """
    active = workspace.encoder
    if active is None or identity != active.identity:
        return None
    begun = time.monotonic()
    todo = pending(workspace, identity, report)
    if todo.to_read or not todo.found.files:
        return None
    rows = todo.settled
    if len(rows) != len(todo.known):  # files were removed
        with lock.writer(workspace.root, "embedding"):
            write_catalog(workspace.catalog, to_frame(rows.values()))
    return _result(rows, todo.found, 0, begun, "cpu", active.spec)


def _embed_files(
    keeper: Keeper,
    todo: Pending,
    encoder: Encoder,
    store: VectorStore,
    report: Report,
    batch_size: int | None,
    workers: int | None,
) -> None:
    workspace = keeper.workspace
    # By content, so those of files that have been renamed or are gone serve too.
    facts = {row.id: row for row in todo.known.values() if row.id and not row.problem}

    def read_one(file: FoundFile) -> Read:
        return read(workspace.file(file.path), file, facts, store, encoder)

    readers = workers or min(MOST_READERS, usable_cpus() + 1)
    pipeline = Pipeline(read_one, keeper.__contains__, encoder, readers, batch_size)
    try:
        with closing(pipeline.run(todo.to_read)) as results:
            for finished in results:
                keeper.add(finished)
                note = f"{keeper.rejected:,} rejected" if keeper.rejected else ""
                report.step("Embedding", keeper.handled, len(todo.to_read), note)
    finally:
        keeper.store()


def _record(encoder: Encoder) -> EncoderRecord:
    return EncoderRecord(encoder.spec, encoder.identity, encoder.dim)


def _no_images(folder: Path, found: Scan) -> WinnowError:
    if found.problems:
        path, reason = found.problems[0]
        return WinnowError(
            f"No image in {folder} can be used ({path}: {reason}): check names and permissions."
        )
    if found.ignored:
        return WinnowError(
            f"{folder} holds {found.ignored} files but no image among them: choose a folder with "
            "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF files."
        )
    return WinnowError(f"The folder {folder} is empty: choose a folder that holds images.")
