"""How far long work is, and how it is asked to stop: one way for all of it.

Work takes a `Report`, calls ``step`` as it goes, and lets `Cancelled` pass. Nothing here knows of a
screen or a thread: who started the work reads ``report.status`` and draws it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

MEGABYTE = 1_000_000  # the unit in which downloads report

PACE_SECONDS = 20  # how far back the speed and the time left look
SHORTEST_PACE = 3.0

State = Literal["running", "done", "failed", "cancelled"]


class Cancelled(Exception):
    """Raised inside a task by ``Report.step`` after somebody asked it to stop."""


@dataclass(frozen=True)
class Status:
    """A task at one moment.

    Attributes:
        done, total: units of the present step; ``total`` is 0 while it is unknown.
        fraction: share of the whole task instead, where it has no units that could be counted.
        pace: units a second over the last seconds of the step; None while that is too short.
        started, step_started, ended: seconds of the monotonic clock.
    """

    state: State = "running"
    step: str = ""
    done: int = 0
    total: int = 0
    fraction: float | None = None
    note: str = ""
    pace: float | None = None
    started: float = 0.0
    step_started: float = 0.0
    ended: float | None = None
    error: str | None = None

    @property
    def share(self) -> float:
        """Share of the present step that is done, 0 to 1."""
        if self.fraction is not None:
            return min(1.0, self.fraction)
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def rate(self) -> float:
        """Units a second: of late where that is known, else in the present step so far."""
        if self.pace is not None and self.ended is None:
            return self.pace
        seconds = (self.ended or time.monotonic()) - self.step_started
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimate for the present step; None while there is nothing to judge by."""
        if self.state != "running" or not self.total or not self.done or self.rate <= 0:
            return None
        return (self.total - self.done) / self.rate


class Report:
    """What a task is given: say how far it is, learn whether to stop."""

    def __init__(self) -> None:
        self._status = Status(started=time.monotonic(), step_started=time.monotonic())
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, int]] = deque(maxlen=PACE_SECONDS)

    @property
    def status(self) -> Status:
        return self._status

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        """Say where the work is.

        Raises:
            Cancelled: somebody asked it to stop; let it pass, what is saved stays saved.
        """
        self.tell(name, done, total, note)
        self.check()

    def check(self) -> None:
        """Between two steps: raises ``Cancelled`` once somebody asked the work to stop."""
        if self.cancelled:
            raise Cancelled

    def tell(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        """Like ``step`` for places that must not be left by an exception."""
        with self._lock:
            fresh = name != self._status.step
            now = time.monotonic()
            begun = now if fresh else self._status.step_started
            self._status = replace(
                self._status,
                step=name,
                done=done,
                total=total,
                fraction=None,
                note=note,
                pace=self._pace(now, done, fresh),
                step_started=begun,
            )

    def _pace(self, now: float, done: int, fresh: bool) -> float | None:
        """Units a second over the last seconds, from one look at the clock a second."""
        if fresh or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()
        if not self._seen or now - self._seen[-1][0] >= 1.0:
            self._seen.append((now, done))
        then, before = self._seen[0]
        return (done - before) / (now - then) if now - then >= SHORTEST_PACE else None

    def tell_share(self, name: str, fraction: float) -> None:
        """Say which stage the work is in and what share of all of it is done, 0 to 1."""
        with self._lock:
            self._status = replace(self._status, step=name, done=0, total=0, fraction=fraction)

    def step_share(self, name: str, fraction: float) -> None:
        """``tell_share``, then ``check``."""
        self.tell_share(name, fraction)
        self.check()

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._stop.set()

    def finish(self, state: State, error: str | None = None) -> None:
        """Say that the work has ended."""
        with self._lock:
            self._status = replace(self._status, state=state, error=error, ended=time.monotonic())


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
