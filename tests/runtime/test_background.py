"""Background work: one of a kind, honest about its end."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from core.runtime import background
from core.runtime.background import TaskBoard
from core.runtime.errors import WinnowError
from core.runtime.progress import Report


def test_a_task_reports_and_ends() -> None:
    board = TaskBoard()
    gate = threading.Event()

    def work(report: Report) -> str:
        report.step("Reading", 3, 10, "1 rejected")
        gate.wait(10)
        return "result"

    task = board.start("a", "Work", work)
    assert board.start("a", "Work", work) is task
    assert board.running() == [task]
    while not task.status.step:
        pass
    assert (task.status.done, task.status.total, task.status.share) == (3, 10, 0.3)
    gate.set()
    assert task.wait(10).state == "done"
    assert task.result == "result"
    assert board.running() == []
    assert board.start("a", "Work", work) is not task
    gate.set()


def test_cancel_stops_at_the_next_step() -> None:
    board = TaskBoard()
    reached: list[int] = []

    def work(report: Report) -> None:
        for n in range(10**9):
            report.step("Counting", n)
            reached.append(n)

    task = board.start("a", "Work", work)
    while not reached:
        pass
    task.cancel()
    assert task.wait(10).state == "cancelled"
    assert board.get("a") is task
    board.forget("a")
    assert board.get("a") is None


def test_failures_are_sentences() -> None:
    board = TaskBoard()

    def known(report: Report) -> None:
        raise WinnowError("The disk is full: make room.")

    def bug(report: Report) -> None:
        raise KeyError("x")

    task = board.start("a", "Work", known)
    assert task.wait(10).state == "failed"
    assert task.status.error == "The disk is full: make room."
    task = board.start("b", "Work", bug)
    assert task.wait(10).state == "failed"
    assert "error of Winnow's own (KeyError" in str(task.status.error)


def test_time_left_follows_the_present_step() -> None:
    report = Report()
    assert report.status.seconds_left is None
    report.step("Embedding", 50, 100)
    left = report.status.seconds_left
    assert left is not None
    assert left >= 0
    report.finish("done")
    assert report.status.seconds_left is None


def test_a_share_replaces_counts_and_gives_no_rate() -> None:
    report = Report()
    report.step("Reading", 5, 10)
    report.tell_share("arranging", 0.25)
    assert report.status.share == 0.25
    assert report.status.seconds_left is None
    report.step("Writing", 1, 4)
    assert report.status.share == 0.25
    assert report.status.fraction is None


def test_speed_and_time_left_follow_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow beginning, or many files that cost nothing, must not colour the estimate for long."""
    now = 0.0
    monkeypatch.setattr("core.runtime.progress.time.monotonic", lambda: now)
    report = Report()
    report.tell("Embedding", 0, 10_000)
    for second in range(60):
        now = float(second)
        done = 100 * second if second < 20 else 2_000 + 10 * (second - 20)
        report.tell("Embedding", done, 10_000)
    assert report.status.rate == pytest.approx(10)
    assert report.status.seconds_left == pytest.approx((10_000 - 2_390) / 10)
    report.tell("Saving", 1, 2)
    assert report.status.pace is None


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_task_was_given_does_not_outlive_its_work(fails: bool) -> None:
    board, large = TaskBoard(), np.zeros(1_000)
    gone = weakref.ref(large)

    def work(report: Report, large: np.ndarray = large) -> float:
        if fails:
            raise WinnowError("no")
        return float(large.sum())

    task = board.start("a", "Work", work)
    task.wait(10)
    assert task.result == (None if fails else 0.0)
    del large, work
    gc.collect()
    assert gone() is None
    assert board.get("a") is task


def test_the_board_forgets_the_oldest_that_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LATEST", 3)
    board, gate = TaskBoard(), threading.Event()
    running = board.start("runs", "Work", lambda report: gate.wait(10))
    for n in range(6):
        board.start(f"{n}", "Work", lambda report: None).wait(10)
    assert board.get("runs") is running
    board.start("last", "Work", lambda report: None).wait(10)
    assert [n for n in range(6) if board.get(f"{n}") is not None] == [3, 4, 5]
    gate.set()
    running.wait(10)
