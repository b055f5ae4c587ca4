"""The pipeline: every file once, nothing before its vector, bounded memory, errors passed on."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import numpy as np
import pytest
from colours import ColourEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from core.embedding.batching import CPU_IMAGES
from core.embedding.engines.threads import HANDED, HANDED_BYTES, Finished, Pipeline
from core.embedding.reading import Read
from core.images.scan import FoundFile
from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow


class Numbers(ColourEncoder):
    """Encodes a number as itself; ``delay`` seconds a batch, at most ``room`` numbers at once."""

    dim = 1

    def __init__(self, lanes: int = 2, delay: float = 0.0, room: int = 1_000) -> None:
        super().__init__()
        self.lanes = lanes
        self.delay = delay
        self.room = room
        self.together = 0
        self.most_together = 0
        self._lock = threading.Lock()

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        with self._lock:
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        time.sleep(self.delay)
        with self._lock:
            self.together -= 1
        if len(pixels) > self.room:
            raise MemoryError
        return pixels.astype(np.float32)


def files(count: int) -> list[FoundFile]:
    return [FoundFile(f"{n:06d}", 1, 1) for n in range(count)]


def image_of(number: int, distinct: int) -> str:
    return f"{number % distinct:032x}"


def reader(distinct: int = 10**9, broken: int = 0):
    """Files hold ``distinct`` different images; every ``broken``-th cannot be used."""

    def read(file: FoundFile) -> Read:
        number = int(file.path)
        if broken and number % broken == 0:
            return Read(ImageRow(file.path, 1, 1, problem="it is broken"))
        row = ImageRow(file.path, 1, 1, image_of(number, distinct))
        return Read(row, np.array([number % distinct]))

    return read


def collect(pipeline: Pipeline, count: int) -> tuple[dict[str, float], list[ImageRow]]:
    """Vectors by id and rows, with the check that no row comes before its vector."""
    vectors: dict[str, float] = {}
    rows: list[ImageRow] = []
    for finished in pipeline.run(files(count)):
        if finished.vectors is not None:
            vectors |= zip(finished.ids, finished.vectors[:, 0].tolist(), strict=True)
        for row in finished.rows:
            assert row.problem or row.id in vectors
        rows += finished.rows
    return vectors, rows


@given(
    count=st.integers(0, 120),
    distinct=st.integers(1, 120),
    broken=st.integers(0, 5),
    lanes=st.integers(1, 3),
    batch=st.integers(1, 40),
    readers=st.integers(1, 4),
    room=st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_every_file_once_and_every_image_with_its_own_vector(
    count: int, distinct: int, broken: int, lanes: int, batch: int, readers: int, room: int
) -> None:
    stored: set[str] = set()
    encoder = Numbers(lanes, room=room)
    pipeline = Pipeline(reader(distinct, broken), stored.__contains__, encoder, readers, batch)
    vectors, rows = collect(pipeline, count)
    assert sorted(row.path for row in rows) == [file.path for file in files(count)]
    good = [n for n in range(count) if not broken or n % broken]
    assert vectors == {image_of(n, distinct): n % distinct for n in good}


def test_lanes_work_side_by_side() -> None:
    encoder = Numbers(lanes=3, delay=0.01)
    collect(Pipeline(reader(), lambda _: False, encoder, 2, 4), 80)
    assert encoder.most_together == 3


def test_reading_does_not_run_ahead_of_the_encoder() -> None:
    encoder = Numbers(lanes=1, delay=0.02)
    read_so_far = 0
    plain = reader()

    def counting(file: FoundFile) -> Read:
        nonlocal read_so_far
        read_so_far += 1
        return plain(file)

    kept = 0
    for finished in Pipeline(counting, lambda _: False, encoder, 2, 4).run(files(200)):
        kept += len(finished.rows)
        assert read_so_far - kept <= 2 * 4 + 3 * HANDED
    assert kept == 200


def test_many_small_files_are_read_at_once_but_one_large_file_at_most() -> None:
    begun: list[str] = []
    held = threading.Event()

    def stuck(file: FoundFile) -> Read:
        begun.append(file.path)
        held.wait(5)
        return Read(ImageRow(file.path, 1, 1, problem="it is broken"))

    sizes = [10] * 20 + [HANDED_BYTES] * 3
    given = [FoundFile(f"{n:06d}", size, 1) for n, size in enumerate(sizes)]
    results = Pipeline(stuck, lambda _: False, Numbers(), readers=8).run(given)
    with closing(results):
        next(results)  # a heartbeat: every reader has begun its first file
        assert sorted(begun) == [given[n].path for n in (0, 8, 16, 21, 22)]
        held.set()


def test_an_encoder_that_is_not_needed_is_not_touched() -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"the encoder's {name} was asked for")

    known = Pipeline(reader(), lambda _: True, Untouchable(), 2)
    assert sum(len(finished.rows) for finished in known.run(files(50))) == 50


def test_a_slow_encoder_does_not_silence_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.embedding.engines.threads.HEARTBEAT", 0.01)
    pipeline = Pipeline(reader(), lambda _: False, Numbers(lanes=1, delay=0.2), 1, 8)
    said = list(pipeline.run(files(4)))
    assert said.count(Finished()) >= 3
    assert sum(len(finished.rows) for finished in said) == 4


@pytest.mark.parametrize("where", ["read", "encode"])
def test_errors_reach_the_caller_and_threads_end(where: str) -> None:
    encoder = Numbers(room=0 if where == "encode" else 1_000)
    plain = reader()

    def read(file: FoundFile) -> Read:
        if where == "read" and int(file.path) == 30:
            raise WinnowError("The image folder has vanished.")
        return plain(file)

    before = threading.active_count()
    with pytest.raises(WinnowError, match="vanished" if where == "read" else "memory"):
        collect(Pipeline(read, lambda _: False, encoder, 2, 8), 100)
    assert threading.active_count() == before


def test_leaving_early_ends_all_threads() -> None:
    before = threading.active_count()
    pipeline = Pipeline(reader(), lambda _: False, Numbers(delay=0.01), 3, 4)
    with closing(pipeline.run(files(1_000))) as results:
        next(results)
    assert threading.active_count() == before


@pytest.mark.parametrize("count", [40, 37])
def test_only_the_last_batch_is_not_full_however_far_ahead_the_readers_are(count: int) -> None:
    sizes: list[int] = []

    class Slow(Numbers):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            with self._lock:
                sizes.append(len(np.unique(pixels)))  # a batch is filled up with its last image
            return super().encode_images(pixels)

    pipeline = Pipeline(reader(), lambda _: False, Slow(delay=0.02), readers=3)
    assert len(collect(pipeline, count)[0]) == count
    assert len(sizes) == -(-count // CPU_IMAGES)
