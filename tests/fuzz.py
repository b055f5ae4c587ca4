"""Whatever comes in, out comes a result or one sentence: in time, within memory, no traceback.

    python tests/fuzz.py images --count 10000 --seed 0
    python tests/fuzz.py all                               every kind, as thorough as it says

Each case runs in a process of its own kind, which is killed when a case takes too long, and whose
growth is measured. Kinds are modules in ``fuzzing/``. Exit code 1 when there was a fault.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import fuzzing

SECONDS = 5.0
MEMORY = 1_500_000_000
_START = 60.0  # seconds that a worker may take to import what it needs


@dataclass
class Outcome:
    """What came of the cases of a kind.

    Attributes:
        outcomes: how often each came up.
        faults: the case, and what it did: a traceback, a crash, too much time or memory.
        slowest: seconds and name; largest: bytes of growth and name.
    """

    kind: str
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")

    @property
    def count(self) -> int:
        """Cases that ran."""
        return self.outcomes.total()

    def __str__(self) -> str:
        shown = ", ".join(f"{n:,} {what}" for what, n in self.outcomes.most_common(8))
        return (
            f"{self.kind}: {self.count:,} cases ({shown}), {len(self.faults)} faults; the slowest "
            f"took {self.slowest[0]:.2f} s ({self.slowest[1]}), the largest grew by "
            f"{self.largest[0] / 1e6:.0f} MB ({self.largest[1]})"
        )


class Worker:
    """A process that runs cases of one kind, one after the other; anew after a fault."""

    def __init__(self, kind: str, seconds: float) -> None:
        self._kind = kind
        self._seconds = seconds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self._kind, theirs), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_START) or self._pipe.recv() != "ready":
            raise RuntimeError(f"the worker for {self._kind} did not start")

    def run(self, case: fuzzing.Case) -> tuple[str, str | None, float, int]:
        """Outcome, fault or None, seconds, bytes of growth."""
        begun = time.monotonic()
        try:
            self._pipe.send(case)
            if self._answers():
                outcome, fault, seconds, growth = self._pipe.recv()
                return outcome, fault, seconds, growth
            what = "too slow"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            what = "crash"
        self.close()
        self._start()
        return what, f"{what} after {time.monotonic() - begun:.1f} s", 0.0, 0

    def _answers(self) -> bool:
        """Wait for an answer, for as long as a case may take.

        What counts is the processor's time, so that a busy machine is no fault; who only waits
        for something has a dozen times as long.
        """
        begun, before = time.monotonic(), _processor_seconds(self._process.pid)
        while not self._pipe.poll(0.5):
            if time.monotonic() - begun > 12 * self._seconds:
                return False
            if _processor_seconds(self._process.pid) - before > 2 * self._seconds:
                return False
        return True

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def fuzz(name: str, seed: int, count: int) -> Outcome:
    """Run cases of a kind."""
    module = fuzzing.kind(name)
    seconds, memory = getattr(module, "SECONDS", SECONDS), getattr(module, "MEMORY", MEMORY)
    result = Outcome(name)
    worker = Worker(name, seconds)
    try:
        for case in module.cases(seed, count):
            outcome, fault, took, growth = worker.run(case)
            if fault is None and took > seconds:
                fault = f"took {took:.1f} s"
            if fault is None and growth > memory:
                fault = f"grew by {growth / 1e6:.0f} MB"
            result.outcomes[outcome] += 1
            result.slowest = max(result.slowest, (took, case[0]))
            result.largest = max(result.largest, (growth, case[0]))
            if fault is not None:
                result.faults.append((case[0], fault))
    finally:
        worker.close()
    return result


# -- in the worker -------------------------------------------------------------------------------


def _work(name: str, pipe: Connection) -> None:
    from core.runtime.errors import WinnowError

    module = fuzzing.kind(name)
    # Decoders write their own remarks there, past Python; a fault goes through the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    pipe.send("ready")
    while True:
        case = pipe.recv()
        fault = None
        before, begun = _reset_peak(), time.process_time()
        clock = time.monotonic()
        try:
            outcome = module.run(case)
        except WinnowError as error:
            outcome = "refused"
            if not str(error) or "\n" in str(error).strip():
                fault = f"no single sentence: {error!s:.500}"
        except BaseException:
            outcome, fault = "traceback", traceback.format_exc()
        # Waiting for a disk or for a process of its own is the case's time too, but a busy machine
        # must not be taken for it.
        seconds = max(time.process_time() - begun, (time.monotonic() - clock) / 12)
        pipe.send((outcome, fault, seconds, _peak() - before))


def _processor_seconds(process: int | None) -> float:
    """Of a process so far; zero where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _reset_peak() -> int:
    """Bytes resident now, from which the peak counts anew. Zero where the system does not say."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(what: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(what)), 0)


# -- the command ---------------------------------------------------------------------------------


def _wanted(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from fuzzing.kinds() if name == "all" else [name]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="+", choices=[*fuzzing.kinds(), "all"])
    parser.add_argument("--count", type=int, help="cases of each kind; else as many as it says")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the cases that were faults")
    asked = parser.parse_args()
    faults = 0
    for name in _wanted(asked.kinds):
        count = asked.count or fuzzing.kind(name).COUNT
        result = fuzz(name, asked.seed, count)
        print(result, flush=True)
        for case, fault in result.faults[:20]:
            print(f"  {case}: {fault}")
        if asked.keep and result.faults:
            _keep(asked.keep, name, asked.seed, count, {case for case, _ in result.faults})
        faults += len(result.faults)
    return 1 if faults else 0


def _keep(folder: Path, name: str, seed: int, count: int, wanted: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (case, content) in enumerate(fuzzing.kind(name).cases(seed, count)):
        if case in wanted and isinstance(content, bytes):
            (folder / f"{name}-{seed}-{number}").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
