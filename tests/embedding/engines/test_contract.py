"""What every engine promises; see `core.embedding.engines.base.Engine`."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest
from engine_work import Numbers, Untouchable, collect, files, image_of, reader, work
from hypothesis import given, settings
from hypothesis import strategies as st

from core.embedding.engines.base import HEARTBEAT, Engine, Finished, Work
from core.embedding.engines.threads import Threads
from core.embedding.reading import Read
from core.images.scan import FoundFile
from core.runtime.errors import WinnowError


@pytest.fixture(scope="module")
def make() -> Callable[[int], Engine]:
    """Makes an engine that reads in as many places as the number says, or as it likes.

    `test_ray.py` runs some of this on a cluster.
    """
    return Threads


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
def test_every_file_once_in_threads_of_any_number(
    count: int, distinct: int, broken: int, lanes: int, batch: int, readers: int, room: int
) -> None:
    task = work(Numbers(lanes, room=room), reader(distinct, broken), batch)
    check_every_file_once(Threads(readers), task, count, distinct, broken)


def test_every_file_once_and_every_image_with_its_own_vector(make) -> None:
    task = work(Numbers(2, room=5), reader(70, 4), batch=8)
    check_every_file_once(make(2), task, 180, 70, 4)


def check_every_file_once(
    engine: Engine, task: Work, count: int, distinct: int, broken: int
) -> None:
    vectors, rows = collect(engine, task, count)
    assert sorted(row.path for row in rows) == [file.path for file in files(count)]
    good = [n for n in range(count) if not broken or n % broken]
    assert vectors == {image_of(n, distinct): n % distinct for n in good}


def test_no_files_give_nothing(make) -> None:
    assert collect(make(2), work(Untouchable()), 0) == ({}, [])


def test_an_image_that_many_files_hold_is_encoded_once_by_a_process() -> None:
    encoded: list[int] = []

    class Counting(Numbers):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            with self.lock:
                encoded.extend(pixels[:, 0].tolist())
            return super().encode_images(pixels)

    _, rows = collect(Threads(3), work(Counting(), reader(distinct=7), batch=4), 100)
    assert (len(rows), sorted(encoded)) == (100, list(range(7)))


def test_an_encoder_that_is_not_needed_is_not_touched(make) -> None:
    done = list(make(2).run(files(50), work(Untouchable(), reader(broken=2), stored=True)))
    rows = [row for finished in done for row in finished.rows]
    assert (len(rows), sum(row.problem is not None for row in rows)) == (50, 25)


def test_files_are_taken_as_it_goes_and_not_far_ahead(make) -> None:
    taken = itertools.count()

    def endless() -> Iterator[FoundFile]:
        for number in taken:
            yield FoundFile(f"{number:06d}", 1, 1)

    finished = 0
    with closing(make(2).run(endless(), work(Numbers(delay=0.001), batch=4))) as results:
        for result in results:
            finished += len(result.rows)
            if finished >= 500:
                break
    assert next(taken) < finished + 200


def test_a_slow_encoder_does_not_silence_the_engine(make) -> None:
    task = work(Numbers(lanes=1, delay=2.5 * HEARTBEAT), batch=8)
    results = list(make(1).run(files(4), task))
    assert results.count(Finished()) >= 1
    assert sum(len(finished.rows) for finished in results) == 4


@pytest.mark.parametrize("where", ["read", "encode"])
def test_errors_reach_the_caller_as_they_are(make, where: str) -> None:
    read_number = reader()

    def read(file: FoundFile) -> Read:
        if where == "read" and int(file.path) == 30:
            raise WinnowError("The image folder has vanished.")
        return read_number(file)

    encoder = Numbers(room=0 if where == "encode" else 1_000)
    with pytest.raises(WinnowError, match="vanished" if where == "read" else "memory"):
        collect(make(2), work(encoder, read, batch=8), 100)


def test_after_closing_nothing_is_at_work(make) -> None:
    calls: list[str] = []
    read_number = reader()

    def read(file: FoundFile) -> Read:
        calls.append(file.path)
        return read_number(file)

    encoder = Numbers(delay=0.01)
    with closing(make(3).run(files(1_000), work(encoder, read, batch=4))) as results:
        next(results)
    so_far = len(calls)
    time.sleep(0.1)
    assert (len(calls), encoder.together) == (so_far, 0)
    assert so_far < 1_000
