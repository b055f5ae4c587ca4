"""Marks of clocks and processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.runtime import processes


def elsewhere() -> list[str]:
    """The marks of another process, which has ended."""
    code = "from core.runtime.processes import *; print(clock_mark()); print(process_mark())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_a_process_that_runs_has_not_ended() -> None:
    assert not processes.has_ended(processes.process_mark())


def test_one_that_ended_has() -> None:
    if not processes.process_mark():
        pytest.skip("this system does not tell")
    clock, process = elsewhere()
    assert clock == processes.clock_mark()
    assert processes.has_ended(process)


@pytest.mark.parametrize("mark", ["", "x", "a b c", "a 1 2", "pid:[0] 1 1", "a -1 2", "a  2"])
def test_of_others_nothing_is_known(mark: str) -> None:
    assert not processes.has_ended(mark)


def test_the_clock_does_not_go_back() -> None:
    assert processes.now() <= processes.now()
