"""Files to vectors: reading and encoding at the same time, each in threads of its own.

Reading threads read, hash, decode and resize; Pillow lets go of the interpreter lock for that.
Lanes encode batches. The calling thread hands work to both and takes what they finish, in the order
in which it is finished. A limit on images between the two keeps memory small: reading waits when
the encoder is behind, and starts again as soon as it has caught up.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from queue import Empty, SimpleQueue

import numpy as np

from core.embedding.batching import BatchSize, encode
from core.embedding.engines.base import HEARTBEAT, Finished, Work
from core.embedding.reading import Read
from core.encoders.lanes import one_thread_each
from core.images.scan import FoundFile
from core.runtime.machine import usable_cpus
from core.store.catalog import ImageRow

# Files that a reading thread gets at once: threads that wake each other cost time. A large one is
# the last of its handful, so that progress and the wish to stop wait for one of those at most.
HANDED, HANDED_BYTES = 8, 1_000_000
MOST_READERS = 32


class Threads:
    """The engine of one machine.

    Args:
        readers: reading threads; one more than the processors when None.
    """

    device: str | None = None

    def __init__(self, readers: int | None = None) -> None:
        self._readers = readers

    def run(self, files: Iterable[FoundFile], work: Work) -> Generator[Finished, None, None]:
        """Work through ``files``; see `core.embedding.engines.base.Engine`."""
        readers = self._readers or min(MOST_READERS, usable_cpus() + 1)
        return _Run(work, readers).results(files)


class _Run:
    """One run over some files; what is in work is counted by the calling thread alone."""

    def __init__(self, work: Work, readers: int) -> None:
        self._work = work
        self._encoder = work.encoder
        self._readers = readers
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._reading = 0
        self._encoding = 0
        self._ready: dict[str, np.ndarray] = {}  # pixels by image id, in no batch yet
        self._waiting: dict[str, list[ImageRow]] = {}  # files of each image that is on its way

    def results(self, files: Iterable[FoundFile]) -> Generator[Finished, None, None]:
        rest = iter(files)
        with ExitStack() as stack:
            readers = _pool(stack, self._readers, "read")
            lanes: ThreadPoolExecutor | None = None
            more = self._start_reading(readers, rest)
            while self._reading or self._encoding or self._ready:
                try:
                    future = self._done.get(timeout=HEARTBEAT)
                except Empty:
                    yield Finished()
                    continue
                finished = self._finished(future.result())
                more = more and self._start_reading(readers, rest)
                if self._ready and lanes is None:  # only now is the encoder needed at all
                    stack.enter_context(one_thread_each(self._encoder.lanes))
                    lanes = _pool(stack, self._encoder.lanes, "encode")
                if lanes is not None:
                    self._start_encoding(lanes, last=not more and not self._reading)
                if finished.rows:
                    yield finished

    def _finished(self, result: list[Read] | Finished) -> Finished:
        """What a reader or a lane has brought, with the rows that are final now."""
        if isinstance(result, list):
            self._reading -= len(result)
            return self._take(result)
        self._encoding -= len(result.ids)
        result.rows = [row for i in result.ids for row in self._waiting.pop(i)]
        return result

    @cached_property
    def _size(self) -> BatchSize:
        work = self._work
        return BatchSize.for_device(self._encoder.device, work.batch_size, work.steady)

    def _limit(self) -> int:
        """Files that may be in work between the disk and the encoder."""
        if not self._ready and not self._encoding:
            return 2 * self._readers * HANDED
        return (self._encoder.lanes + 1) * self._size.now + self._readers * HANDED

    def _start_reading(self, readers: ThreadPoolExecutor, rest: Iterator[FoundFile]) -> bool:
        """Keep the readers busy as far as the limit allows; False when all files are taken."""
        limit = self._limit()
        while self._reading + len(self._ready) + self._encoding < limit:
            files = _handful(rest)
            if not files:
                return False
            self._reading += len(files)
            readers.submit(self._read_all, files).add_done_callback(self._done.put)
        return True

    def _read_all(self, files: list[FoundFile]) -> list[Read]:
        return [self._work.read(file) for file in files]

    def _take(self, results: list[Read]) -> Finished:
        """Note what a reader made of some files; those that get no vector are finished."""
        finished = Finished()
        for result in results:
            row = result.row
            if row.id is None or row.problem or self._work.is_stored(row.id):
                finished.rows.append(row)
            elif row.id in self._waiting:  # a copy of an image that is on its way
                self._waiting[row.id].append(row)
            elif result.pixels is not None:
                self._waiting[row.id] = [row]
                self._ready[row.id] = result.pixels
        return finished

    def _start_encoding(self, lanes: ThreadPoolExecutor, last: bool) -> None:
        """Hand full batches to the encoder, and the last images whatever their number.

        Readers that pause because the encoder is behind are no end: a batch that is not full costs
        as much as a full one.
        """
        while self._ready and (len(self._ready) >= self._size.now or last):
            ids = list(self._ready)[: self._size.now]
            pixels = np.stack([self._ready.pop(image_id) for image_id in ids])
            self._encoding += len(ids)
            lanes.submit(self._encode, ids, pixels).add_done_callback(self._done.put)

    def _encode(self, ids: list[str], pixels: np.ndarray) -> Finished:
        vectors = encode(self._encoder.encode_images, pixels, self._size)
        return Finished(ids=ids, vectors=vectors)


def _handful(rest: Iterator[FoundFile]) -> list[FoundFile]:
    """The next files for one reading thread; none when all are taken."""
    files: list[FoundFile] = []
    for file in rest:
        files.append(file)
        if len(files) == HANDED or sum(f.size for f in files) >= HANDED_BYTES:
            break
    return files


def _pool(stack: ExitStack, threads: int, name: str) -> ThreadPoolExecutor:
    """Threads that drop what they have not begun when the run ends, for whatever reason."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    return pool
