"""From a folder of files to a catalog and stored vectors, touching only what is new or changed.

An engine reads and encodes; what it finishes is stored by the calling thread, vectors before the
catalog rows that speak of them, so that a crash loses a few seconds at most.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.embedding.away import away
from core.embedding.deriving import derive
from core.embedding.engines.base import Engine, Work
from core.embedding.engines.threads import Threads
from core.embedding.keeping import Keeper
from core.embedding.pending import Pending, pending
from core.embedding.reading import Read, read
from core.encoders.base import Encoder
from core.images.folders.left_out import LeftOut
from core.images.names import shown
from core.images.scan import FoundFile, Scan
from core.images.sources import places
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.store import lock
from core.store.catalog import ImageRow, to_frame, write_catalog
from core.store.extent import save_extent
from core.store.history import journal
from core.store.left_out import save_left_out
from core.store.people.gate import note, require
from core.store.people.roles import EMBED
from core.store.vectors import VectorStore
from core.store.workspace import EncoderRecord, Workspace


@dataclass(frozen=True)
class EmbedResult:
    """What a run did.

    Attributes:
        images: usable files; rejected: path and reason of the others.
        notes: what the user should know about how the encoder ran, one sentence each.
        left_out: what the scan passed over and why.
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
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def images_per_second(self) -> float:
        """Encoded images a second of the whole run, scanning and saving included."""
        return self.embedded / self.seconds if self.seconds > 0 else 0.0


def embed(
    workspace: Workspace,
    encoder: Encoder,
    report: Report | None = None,
    batch_size: int | None = None,
    engine: Engine | None = None,
    reread: bool = False,
    wait: bool = False,
) -> EmbedResult:
    """Bring catalog and vectors of ``workspace`` up to date with its image folder.

    Args:
        report: takes progress and the wish to stop.
        batch_size: images a forward pass; chosen from the device when None.
        engine: what reads and encodes; threads of this process when None.
        reread: read every file again, also those that have not changed by size and time.
        wait: when another process writes to the workspace, wait for it instead of giving up.

    Raises:
        WinnowError: the folder holds no images, the workspace cannot be written, or whoever acts
            may not embed.
        Cancelled: asked to stop; everything finished so far is kept.
    """
    report = report or Report()
    begun = time.monotonic()
    engine = engine or Threads(places.readers(workspace.images))
    with lock.writer(workspace.root, "embedding", report if wait else None):
        derive(workspace, encoder.spec, encoder.identity, report)
        todo = pending(workspace, encoder.identity, report, reread)
        if not todo.scan.files:
            raise no_images(workspace.images, todo.scan)
        if todo.to_read or workspace.encoder != _record(encoder):
            require(workspace.root, EMBED)
        save_extent(workspace, len(todo.settled) + len(todo.to_read))
        store = VectorStore(workspace.vectors(encoder.identity), encoder.dim, writable=True)
        # Until a changed file has been read again its old row stands, so that a crash loses none.
        stale = {f.path: todo.catalog[f.path] for f in todo.to_read if f.path in todo.catalog}
        keeper = Keeper(workspace, store, stale | todo.settled)
        if workspace.encoder is None:
            workspace = workspace.with_encoder(_record(encoder))
        try:
            work = _work(keeper, todo, encoder, store, batch_size)
            _embed_files(keeper, todo, engine, work, report)
        finally:
            keeper.save_catalog()
        if workspace.encoder != _record(encoder):
            workspace.with_encoder(_record(encoder))
        save_left_out(workspace, todo.scan.left_out)
        _note(workspace, encoder, keeper, len(todo.catalog.keys() - keeper.rows.keys()))
    used = bool(keeper.embedded)  # otherwise the encoder may not even be loaded
    device, notes = (engine.device or encoder.device, encoder.notes) if used else ("cpu", ())
    result = _result(keeper.rows, todo.scan, keeper.embedded, begun, device, encoder.spec)
    return replace(result, notes=notes)


def _note(workspace: Workspace, encoder: Encoder, keeper: Keeper, gone: int) -> None:
    """Remember when the model or the images changed; nothing is noted of a run without news."""
    last = next(reversed(journal.entries(workspace.root)), None)
    if keeper.embedded or gone or last is None or last.identity != encoder.identity:
        usable = sum(row.problem is None for row in keeper.rows.values())
        spec, identity = encoder.spec, encoder.identity
        journal.note(workspace.root, spec, identity, usable, keeper.embedded, gone)
        left = f", {gone:,} gone" if gone else ""
        note(workspace.root, EMBED, f"{keeper.embedded:,} images with {spec}{left}")


def _result(
    rows: dict[str, ImageRow], scan: Scan, embedded: int, begun: float, device: str, model: str
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
        ignored=scan.ignored,
        archives=len(scan.archives),
        left_out=scan.left_out,
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
    if todo.to_read or not todo.scan.files:
        return None
    rows = todo.settled
    if len(rows) != len(todo.catalog):  # files were removed
        with lock.writer(workspace.root, "embedding"):
            write_catalog(workspace.catalog, to_frame(rows.values()))
    save_extent(workspace, len(rows))
    save_left_out(workspace, todo.scan.left_out)
    return _result(rows, todo.scan, 0, begun, "cpu", active.spec)


def _work(
    keeper: Keeper, todo: Pending, encoder: Encoder, store: VectorStore, batch_size: int | None
) -> Work:
    """What the engine does with each file of this run."""
    workspace = keeper.workspace
    # By content, so those of files that have been renamed or are gone serve too.
    facts = {row.id: row for row in todo.catalog.values() if row.id and not row.problem}

    def read_one(file: FoundFile) -> Read:
        return read(workspace.file(file.path), file, facts, store, encoder)

    return Work(
        read_one,
        keeper.__contains__,
        encoder,
        batch_size,
        away=lambda: away(workspace.images, encoder, store.ids),
    )


def _embed_files(keeper: Keeper, todo: Pending, engine: Engine, work: Work, report: Report) -> None:
    try:
        images = keeper.workspace.images
        with places.closing(images, engine.run(todo.to_read, work)) as results:
            for finished in results:
                keeper.add(finished)
                note = f"{keeper.rejected:,} rejected" if keeper.rejected else ""
                note = places.waiting(images) or note
                report.step("Embedding", keeper.handled, len(todo.to_read), note)
    finally:
        keeper.store()


def _record(encoder: Encoder) -> EncoderRecord:
    return EncoderRecord(encoder.spec, encoder.identity, encoder.dim)


def no_images(folder: Path, scan: Scan) -> WinnowError:
    """Why a folder has nothing to embed."""
    name = shown(places.title(folder))
    if scan.problems:
        path, reason = scan.problems[0]
        return WinnowError(
            f"No image in {name} can be used ({path}: {reason}): check names and permissions."
        )
    if scan.left_out.count:
        examples = "; ".join(f"{path}: {why}" for path, why in scan.left_out.examples[:3])
        return WinnowError(
            f"{name} holds {scan.ignored} files but no image among them ({examples}): "
            "choose a folder with JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF files."
        )
    return WinnowError(f"The folder {name} is empty: choose a folder that holds images.")
