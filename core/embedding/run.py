"""From a folder of files to a catalog and stored vectors, touching only what is new or changed.

Worker threads read, hash, decode and resize (Pillow lets go of the interpreter lock for that) while
the calling thread runs the encoder, so neither waits long for the other. Every batch is on disk
before the next one begins.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from core.embedding.pending import Pending, pending
from core.embedding.reading import Read, read
from core.encoders.base import Encoder
from core.errors import WinnowError
from core.images.scan import FoundFile, Scan
from core.store import lock
from core.store.catalog import ImageRow, to_frame, write_catalog
from core.store.vectors import VectorStore
from core.store.workspace import EncoderRecord, Workspace
from core.tasks import Report

SAVE_EVERY = 10.0  # seconds between saves of the catalog during a run


@dataclass(frozen=True)
class EmbedResult:
    """What a run did. ``images`` counts usable files; ``rejected`` pairs path and reason."""

    images: int
    embedded: int
    reused: int
    rejected: list[tuple[str, str]]
    seconds: float
    device: str
    model: str
    ignored: int

    @property
    def images_per_second(self) -> float:
        return self.embedded / self.seconds if self.seconds > 0 else 0.0


@dataclass
class _Run:
    """State of one embedding run, owned by the calling thread."""

    workspace: Workspace
    rows: dict[str, ImageRow]
    saved_at: float = field(default_factory=time.monotonic)
    embedded: int = 0

    def save_catalog(self, force: bool = False) -> None:
        if force or time.monotonic() - self.saved_at > SAVE_EVERY:
            write_catalog(self.workspace.catalog, to_frame(self.rows.values()))
            self.saved_at = time.monotonic()


def embed(
    workspace: Workspace,
    encoder: Encoder,
    report: Report | None = None,
    batch_size: int | None = None,
    workers: int | None = None,
) -> EmbedResult:
    """Bring catalog and vectors of ``workspace`` up to date with its image folder.

    Args:
        report: takes progress and the wish to stop.
        batch_size: images a forward pass; chosen from the device when None.
        workers: decoding threads; chosen from the machine when None.

    Raises:
        WinnowError: the folder holds no images, or the workspace cannot be written.
        Cancelled: asked to stop; everything finished so far is kept.
    """
    report = report or Report()
    begun = time.monotonic()
    with lock.writer(workspace.root, "embedding"):
        todo = pending(workspace, encoder.identity, report)
        if not todo.found.files:
            raise _no_images(workspace.images, todo.found)
        store = VectorStore(workspace.vectors(encoder.identity), encoder.dim, writable=True)
        # Until a changed file has been read again its old row stands, so that a crash loses none.
        stale = {f.path: todo.known[f.path] for f in todo.to_read if f.path in todo.known}
        run = _Run(workspace, stale | todo.settled)
        if workspace.encoder is None:
            workspace = workspace.with_encoder(_record(encoder))
        try:
            _embed_files(run, todo, encoder, store, report, batch_size, workers)
        finally:
            run.save_catalog(force=True)
        if workspace.encoder != _record(encoder):
            workspace.with_encoder(_record(encoder))
    return _result(run.rows, todo.found, run.embedded, begun, encoder.device, encoder.spec)


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
    run: _Run,
    todo: Pending,
    encoder: Encoder,
    store: VectorStore,
    report: Report,
    batch_size: int | None,
    workers: int | None,
) -> None:
    size = batch_size or (128 if encoder.device.startswith("cuda") else 32)
    count = workers or min(16, (os.cpu_count() or 2) + 1)
    facts = {row.id: row for row in run.rows.values() if row.id and not row.problem}

    def read_one(file: FoundFile) -> Read:
        return read(run.workspace.file(file.path), file, facts, store, encoder)

    batch: dict[str, np.ndarray] = {}
    waiting: list[ImageRow] = []
    rejected = 0
    results = _in_order(read_one, todo.to_read, count, window=2 * size + count)
    for number, done in enumerate(results, start=1):
        row = done.row
        if done.pixels is not None and row.id and row.id not in store:
            batch.setdefault(row.id, done.pixels)
        waiting.append(row)
        if len(batch) >= size:
            _flush(run, batch, waiting, encoder, store)
        rejected += row.problem is not None
        note = f"{rejected} rejected" if rejected else ""
        report.step("Embedding", number, len(todo.to_read), note)
    _flush(run, batch, waiting, encoder, store)


def _flush(
    run: _Run,
    batch: dict[str, np.ndarray],
    waiting: list[ImageRow],
    encoder: Encoder,
    store: VectorStore,
) -> None:
    if batch:
        store.append(list(batch), encoder.encode_images(np.stack(list(batch.values()))))
        run.embedded += len(batch)
    for row in waiting:  # only now: a row in the catalog says that its vector is stored
        run.rows[row.path] = row
    batch.clear()
    waiting.clear()
    run.save_catalog()


def _in_order(
    work: Callable[[FoundFile], Read], files: Iterable[FoundFile], workers: int, window: int
) -> Iterator[Read]:
    """Results in the files' order, with at most ``window`` of them finished or in work."""
    queue: deque[Future[Read]] = deque()
    rest = iter(files)
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as executor:
        try:
            for file in islice(rest, window):
                queue.append(executor.submit(work, file))
            while queue:
                result = queue.popleft().result()
                for file in islice(rest, 1):
                    queue.append(executor.submit(work, file))
                yield result
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


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
