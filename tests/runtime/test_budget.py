"""A budget is never passed, everybody gets a turn, and nobody waits for ever."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime import budget
from core.runtime.budget import MEGABYTE, Budget, Lease, OverBudget, allowance
from core.runtime.errors import WinnowError


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 50), st.lists(st.lists(st.integers(0, 50), max_size=4), max_size=12))
def test_threads_that_grow_and_shrink_never_pass_it_and_all_finish(
    total: int, plans: list[list[int]]
) -> None:
    shared = Budget(total)
    page = Budget(max(1, total // 3), parent=shared)
    highest: list[int] = [0]

    def work(number: int, sizes: list[int]) -> None:
        with (page if number % 2 else shared).lease() as lease:
            for size in sizes:
                try:
                    lease.resize(size)
                except OverBudget:
                    assert size > total
                    assert lease.size == 0
                highest[0] = max(highest[0], shared.taken)
                time.sleep(0)

    with ThreadPoolExecutor(12) as pool:
        for future in [pool.submit(work, n, plan) for n, plan in enumerate(plans)]:
            future.result(timeout=30)
    assert highest[0] <= total
    assert (shared.taken, page.taken) == (0, 0)
    assert (shared.waiting, page.waiting) == (0, 0)


def test_what_can_never_fit_is_refused_with_both_numbers_and_the_way_out() -> None:
    with pytest.raises(WinnowError) as error:
        Budget(500 * MEGABYTE).lease(1_234 * MEGABYTE)
    for part in ("1,234 MB", "500 MB", budget.VARIABLE):
        assert part in str(error.value)


def test_an_exception_gives_back() -> None:
    shared = Budget(10)
    with pytest.raises(KeyError), shared.lease(10):
        raise KeyError
    assert shared.taken == 0
    with shared.lease(10) as lease:
        with pytest.raises(OverBudget):
            lease.resize(11)
        assert (lease.size, shared.taken) == (0, 0)


def test_a_large_one_that_waits_is_not_passed_by_small_ones() -> None:
    shared = Budget(10)
    order: list[str] = []
    first = shared.lease(6)

    def take(name: str, size: int) -> None:
        with shared.lease(size):
            order.append(name)

    threads = []
    for position, (name, size) in enumerate([("large", 10), ("small", 1), ("small too", 1)]):
        threads.append(threading.Thread(target=take, args=(name, size), daemon=True))
        threads[-1].start()
        _wait_for(shared, position + 1)
    assert order == []
    first.release()
    for thread in threads:
        thread.join(10)
    assert order[0] == "large"
    assert set(order[1:]) == {"small", "small too"}


def _wait_for(shared: Budget, waiting: int) -> None:
    deadline = time.monotonic() + 10
    while shared.waiting < waiting:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_one_larger_than_its_part_has_the_part_alone() -> None:
    shared = Budget(100)
    page = Budget(10, parent=shared)
    with page.lease(60) as lease:
        assert (page.taken, shared.taken) == (10, 60)
        with shared.lease(40):  # other work goes on beside it
            assert shared.taken == 100
        lease.resize(4)
        assert (page.taken, shared.taken) == (4, 4)
        with page.lease(6):
            assert (page.taken, shared.taken) == (10, 10)
    with pytest.raises(OverBudget):
        page.lease(101)
    assert (page.taken, shared.taken) == (0, 0)


def test_two_that_both_want_more_do_not_wait_for_each_other() -> None:
    shared = Budget(10)
    both = threading.Barrier(2)

    def grow() -> int:
        with shared.lease(5) as lease:
            both.wait(10)
            lease.resize(10)
            return lease.size

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(grow) for _ in range(2)]
        assert [future.result(timeout=10) for future in futures] == [10, 10]
    assert shared.taken == 0


def test_many_threads_by_chance() -> None:
    shared = Budget(1_000)
    chance = random.Random(0)
    sizes = [chance.randint(0, 1_000) for _ in range(400)]
    seen: list[int] = []

    def work(size: int) -> None:
        with shared.lease(size):
            seen.append(shared.taken)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, sizes, timeout=60))
    assert max(seen) <= 1_000
    assert len(seen) == 400


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.delenv(budget.VARIABLE, raising=False)
    yield monkeypatch


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (512 << 20, budget.LEAST),
        (3 * 10**9, 500 * MEGABYTE),
        (1 << 40, budget.MOST),
    ],
)
def test_the_allowance_follows_the_machine(
    total: int, expected: int, nothing_set: pytest.MonkeyPatch
) -> None:
    assert allowance(total) == expected
    assert budget.LEAST <= allowance() <= budget.MOST


def test_the_environment_sets_it(nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv(budget.VARIABLE, " 2500 ")
    assert allowance(1 << 30) == 2_500 * MEGABYTE
    for wrong in ("many", "0", "-5", "1e3", "10000000", "２5x"):
        nothing_set.setenv(budget.VARIABLE, wrong)
        with pytest.raises(WinnowError, match=budget.VARIABLE):
            allowance()


def test_a_lease_of_nothing_never_waits() -> None:
    shared = Budget(1)
    with shared.lease(1), shared.lease() as empty:
        assert isinstance(empty, Lease)
        assert empty.size == 0
