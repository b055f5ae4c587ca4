"""Asks the process in which queries run, and kills it when it takes too long.

One such process is kept for the next query; it ends with this one. Only from outside can a query be
stopped for sure: the engine looks for a wish to stop now and then, but not while it plans a join of
a hundred tables or inside one function over one enormous value.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from core.runtime.errors import WinnowError

AT_ONCE = 2
"""Queries that run side by side; each may take two gigabytes."""
START_SECONDS = 60.0
_SCRIPT = Path(__file__).with_name("sql_process.py")
_slots = threading.BoundedSemaphore(AT_ONCE)
_idle: list[_Worker] = []


class Refused(Exception):
    """What the engine says against a query."""


class _Gone(Exception):
    """The process has ended in the middle."""


class _Worker:
    """One process. Of one thread at a time."""

    def __init__(self) -> None:
        # -P: what lies beside the script or in the current folder shall not be imported.
        command = [sys.executable, "-P", str(_SCRIPT)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._late = threading.Event()
        self.limited(START_SECONDS, self._line)

    def ask(self, request: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
        """The answer and the bytes that follow it; raises Refused, TimeoutError or _Gone."""
        return self.limited(seconds, lambda: self._exchange(request))

    def limited(self, seconds: float, work: Any) -> Any:
        """Do work that ends when the process is killed, which happens after so many seconds."""
        self._late.clear()
        timer = threading.Timer(seconds, self._stop)
        timer.daemon = True
        timer.start()
        try:
            return work()
        except (OSError, ValueError, _Gone) as error:
            self.close()
            raise (TimeoutError if self._late.is_set() else _Gone) from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not written yet is not wanted any more
                    continue

    def _stop(self) -> None:
        self._late.set()
        self._process.kill()

    def _exchange(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._line()
        if "error" in answer:
            raise Refused(answer["error"])
        size = int(answer.get("size", 0))
        body = self._process.stdout.read(size) if size else b""
        if len(body) < size:
            raise _Gone
        return answer, body

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise _Gone
        return json.loads(line)


def ask(request: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
    """Send a request of `sql_process` and wait for its answer.

    Args:
        seconds: after which the process is killed.

    Returns:
        The answer and the bytes that follow it.

    Raises:
        Refused: the engine's reason.
        WinnowError: too much time or memory, or others are asking.
    """
    if not _slots.acquire(timeout=2 * seconds):
        raise WinnowError("Other queries are running: wait until they have ended, and ask again.")
    try:
        return _ask(request, seconds)
    finally:
        _slots.release()


def _ask(request: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
    try:
        try:
            worker = _idle.pop()
            fresh = False
        except IndexError:
            worker, fresh = _Worker(), True
        try:
            result = worker.ask(request, seconds)
        except _Gone:
            if fresh:
                raise
            worker = _Worker()  # the one that was kept may have been ended from outside meanwhile
            result = worker.ask(request, seconds)
    except Refused:
        _keep(worker)
        raise
    except TimeoutError:
        raise WinnowError(
            f"The query took more than {seconds:g} s and was stopped: ask for less."
        ) from None
    except (_Gone, OSError) as error:
        raise WinnowError(
            "The query ended the process that ran it, most likely for lack of memory: ask for less."
        ) from error
    _keep(worker)
    return result


def _keep(worker: _Worker) -> None:
    if _idle:
        worker.close()
    else:
        _idle.append(worker)
