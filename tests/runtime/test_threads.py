"""Work in turn in a thread that does not keep the process alive; pieces of work side by side."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.learn.tuning.ridge import ridge
from core.runtime import threads
from core.runtime.pausing import breathe, pausing
from core.runtime.threads import Worker, each, one_blas_thread


def test_work_is_done_in_turn_and_in_one_thread() -> None:
    worker, order, names = Worker("test"), [], set()

    def work(number: int) -> int:
        order.append(number)
        names.add(threading.current_thread().name)
        return 2 * number

    futures = [worker.submit(work, number) for number in range(50)]
    assert [future.result(10) for future in futures] == [2 * n for n in range(50)]
    assert (order, names) == (list(range(50)), {"test"})


def test_an_error_is_the_askers_and_the_next_work_goes_on() -> None:
    worker = Worker("test")
    failed = worker.submit(lambda: 1 / 0)
    assert worker.submit(lambda: "done").result(10) == "done"
    with pytest.raises(ZeroDivisionError):
        failed.result(10)


def test_cancelled_work_is_passed_over() -> None:
    worker, go = Worker("test"), threading.Event()
    first = worker.submit(go.wait, 10)
    second = worker.submit(lambda: "never")
    assert second.cancel()
    go.set()
    assert first.result(10)
    worker.join()
    assert second.cancelled()


@pytest.mark.parametrize(("seconds", "printed"), [(600, "ends\n"), (1, "ends\ndone\n")])
def test_a_process_ends_while_work_is_under_way(seconds: int, printed: str) -> None:
    code = (
        "import time; from core.runtime.threads import Worker; w = Worker('w');"
        f"w.submit(lambda: (time.sleep({seconds}), print('done', flush=True)));"
        "w.submit(print, 'never'); time.sleep(0.2); print('ends', flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, printed)


def test_results_come_in_the_order_of_the_items() -> None:
    assert each(lambda n: n * n, range(20)) == [n * n for n in range(20)]
    assert each(lambda n: n, []) == []


def test_what_goes_wrong_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        each(lambda n: 1 // n, [1, 0])


def test_the_number_of_processors_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    near, targets = (random.random((700, width), np.float32) for width in (300, 40))
    inside = np.eye(300, dtype=np.float32)

    def made(noise: float) -> np.ndarray:
        centred = near.astype(np.float64)
        return np.linalg.eigh(centred.T @ centred)[1] @ ridge(near, inside, targets, noise)

    results = []
    for processors in (1, 2, 4):
        monkeypatch.setattr(threads, "usable_cpus", lambda own=processors: own)
        results.append(np.stack(each(made, (0.1, 0.2, 0.3, 0.4))))
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_what_pauses_the_thread_pauses_its_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "usable_cpus", lambda: 3)
    breaths: list[str] = []
    with pausing(lambda: breaths.append(threading.current_thread().name)):
        each(lambda _: breathe(), range(6))
    assert len(breaths) == 6
    assert threading.current_thread().name not in breaths


def test_no_more_at_the_same_time_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "usable_cpus", lambda: 8)
    lock, under_way, highest = threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal under_way, highest
        with lock:
            under_way += 1
            highest = max(highest, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1

    each(work, range(12), 2)
    assert highest == 2
    highest = 0
    each(work, range(3), 1)
    assert highest == 1


def test_blas_has_one_thread_until_the_last_that_wants_it_so_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Limits:
        def __init__(self, limits: int, user_api: str) -> None:
            told.append(f"{limits} {user_api}")

        def restore_original_limits(self) -> None:
            told.append("as before")

    monkeypatch.setattr(threads, "threadpool_limits", Limits)
    first, second = one_blas_thread(), one_blas_thread()
    with first:
        second.__enter__()
        assert told == ["1 blas"]
    assert told == ["1 blas"]  # the second goes on
    second.__exit__(None, None, None)
    assert told == ["1 blas", "as before"]


def test_blas_really_has_one_thread() -> None:
    with one_blas_thread():
        blas = [own for own in threadpool_info() if own["user_api"] == "blas"]
        assert blas and {own["num_threads"] for own in blas} == {1}
