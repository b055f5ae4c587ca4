"""The engine in threads, beyond the contract: lanes, handfuls, full batches, no thread left."""

from __future__ import annotations

import threading
from contextlib import closing

import numpy as np
import pytest
from engine_work import Numbers, collect, files, reader, work

from core.embedding.batching import CPU_IMAGES
from core.embedding.engines.base import Finished
from core.embedding.engines.threads import HANDED, HANDED_BYTES, Threads
from core.embedding.reading import Read
from core.images.scan import FoundFile
from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow


def test_lanes_work_side_by_side() -> None:
    encoder = Numbers(lanes=3, delay=0.01)
    collect(Threads(2), work(encoder, batch=4), 80)
    assert encoder.most_together == 3


def test_reading_does_not_run_ahead_of_the_encoder() -> None:
    read_so_far = 0
    read_number = reader()

    def counting(file: FoundFile) -> Read:
        nonlocal read_so_far
        read_so_far += 1
        return read_number(file)

    done = 0
    for finished in Threads(2).run(files(200), work(Numbers(1, 0.02), counting, batch=4)):
        done += len(finished.rows)
        assert read_so_far - done <= 2 * 4 + 3 * HANDED
    assert done == 200


def test_many_small_files_are_read_at_once_but_one_large_file_at_most() -> None:
    begun: list[str] = []
    held = threading.Event()

    def stuck(file: FoundFile) -> Read:
        begun.append(file.path)
        held.wait(5)
        return Read(ImageRow(file.path, 1, 1, problem="it is broken"))

    sizes = [10] * 20 + [HANDED_BYTES] * 3
    mixed = [FoundFile(f"{n:06d}", size, 1) for n, size in enumerate(sizes)]
    with closing(Threads(8).run(mixed, work(Numbers(), stuck))) as results:
        next(results)  # a heartbeat: every reader has begun its first file
        assert sorted(begun) == [mixed[n].path for n in (0, 8, 16, 21, 22)]
        held.set()


def test_a_slow_encoder_does_not_silence_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.embedding.engines.threads.HEARTBEAT", 0.01)
    results = list(Threads(1).run(files(4), work(Numbers(lanes=1, delay=0.2), batch=8)))
    assert results.count(Finished()) >= 3
    assert sum(len(finished.rows) for finished in results) == 4


@pytest.mark.parametrize("where", ["read", "encode"])
def test_threads_end_after_an_error(where: str) -> None:
    read_number = reader()

    def read(file: FoundFile) -> Read:
        if where == "read" and int(file.path) == 30:
            raise WinnowError("The image folder has vanished.")
        return read_number(file)

    before = threading.active_count()
    encoder = Numbers(room=0 if where == "encode" else 1_000)
    with pytest.raises(WinnowError, match="vanished" if where == "read" else "memory"):
        collect(Threads(2), work(encoder, read, batch=8), 100)
    assert threading.active_count() == before


def test_leaving_early_ends_all_threads() -> None:
    before = threading.active_count()
    with closing(Threads(3).run(files(1_000), work(Numbers(delay=0.01), batch=4))) as results:
        next(results)
    assert threading.active_count() == before


@pytest.mark.parametrize("count", [40, 37])
def test_only_the_last_batch_is_not_full_however_far_ahead_the_readers_are(count: int) -> None:
    sizes: list[int] = []

    class Slow(Numbers):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            with self.lock:
                sizes.append(len(np.unique(pixels)))  # a batch is filled up with its last image
            return super().encode_images(pixels)

    assert len(collect(Threads(3), work(Slow(delay=0.02)), count)[0]) == count
    assert len(sizes) == -(-count // CPU_IMAGES)
