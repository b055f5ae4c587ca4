"""Work in turn in a thread that does not keep the process alive."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from core.runtime.worker import Worker


def test_work_is_done_in_turn_and_in_one_thread() -> None:
    worker, order, threads = Worker("test"), [], set()

    def work(number: int) -> int:
        order.append(number)
        threads.add(threading.current_thread().name)
        return 2 * number

    futures = [worker.submit(work, number) for number in range(50)]
    assert [future.result(10) for future in futures] == [2 * n for n in range(50)]
    assert (order, threads) == (list(range(50)), {"test"})


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
        "import time; from core.runtime.worker import Worker; w = Worker('w');"
        f"w.submit(lambda: (time.sleep({seconds}), print('done', flush=True)));"
        "w.submit(print, 'never'); time.sleep(0.2); print('ends', flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, printed)
