"""Results in memory: made once, and it can be told when somebody waits for one."""

from __future__ import annotations

import threading
import time

from core.project.memory import Memory, somebody_waits
from core.runtime.pausing import pausing


def test_it_is_told_that_somebody_waits() -> None:
    memory, begun, go = Memory(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go.wait(30)
        return "made"

    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(memory.remember("a", 1, slow)))
        for _ in range(2)
    ]
    threads[0].start()
    assert begun.wait(30)
    assert not somebody_waits()
    threads[1].start()
    deadline = time.monotonic() + 30
    while not somebody_waits():
        assert time.monotonic() < deadline
    go.set()
    for thread in threads:
        thread.join()
    assert results == ["made", "made"]
    assert not somebody_waits()


def test_work_that_pauses_for_others_does_not_count_as_waiting() -> None:
    memory, begun, go = Memory(), threading.Event(), threading.Event()
    outcome: list[str] = []

    def slow() -> str:
        begun.set()
        assert go.wait(30)
        return "made"

    def patient() -> None:
        with pausing(lambda: None):
            outcome.append(memory.remember("a", 1, slow))

    first = threading.Thread(target=lambda: memory.remember("a", 1, slow))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=patient)
    second.start()
    second.join(0.3)
    assert second.is_alive() and not somebody_waits()
    go.set()
    first.join()
    second.join()
    assert outcome == ["made"] and not somebody_waits()


def test_what_makes_a_result_may_ask_for_another_of_its_kind() -> None:
    memory = Memory()
    made = memory.remember("a", 1, lambda: memory.remember("a", 2, lambda: "two") + "!")
    assert made == "two!"
    assert memory.remember("a", 2, lambda: "anew") == "two"
