"""What lives long is set aside after a slow collection, and looked through again now and then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core.ui.session import heap

FULL, YOUNG = {"generation": 2}, {"generation": 0}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def collection(keeper: heap.Keeper, clock: Clock, seconds: float, info=FULL) -> None:
    keeper("start", info)
    clock.now += seconds
    keeper("stop", info)


def test_only_a_slow_full_collection_sets_its_survivors_aside() -> None:
    clock = Clock()
    keeper = heap.Keeper(clock)
    collection(keeper, clock, 0.01)
    collection(keeper, clock, 1.0, YOUNG)
    assert gc.get_freeze_count() == 0
    collection(keeper, clock, 0.2)
    assert gc.get_freeze_count() > 10_000


def test_what_was_set_aside_is_looked_through_again_after_a_while() -> None:
    clock = Clock()
    keeper = heap.Keeper(clock)
    collection(keeper, clock, 0.2)
    clock.now += 60
    keeper("start", FULL)
    assert gc.get_freeze_count() > 0
    clock.now += 3_600
    keeper("start", FULL)
    assert gc.get_freeze_count() == 0


def test_garbage_made_after_a_freeze_is_still_collected() -> None:
    import weakref

    class Cycle:
        pass

    gc.freeze()
    one = Cycle()
    one.self = one
    watched = weakref.ref(one)
    del one
    gc.collect()
    assert watched() is None


def test_tending_twice_is_tending_once() -> None:
    before = list(gc.callbacks)
    try:
        heap.tend()
        heap.tend()
        assert sum(isinstance(c, heap.Keeper) for c in gc.callbacks) == 1
    finally:
        gc.callbacks[:] = before


def test_trimming_harms_nothing() -> None:
    kept = [bytes(1_000) for _ in range(1_000)]
    heap.trim()
    assert all(len(block) == 1_000 for block in kept)
