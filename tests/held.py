"""A worker for tests that does its work when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class Held:
    """A worker that does its work when it is told to."""

    def __init__(self) -> None:
        self.work: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.work.append((future, lambda: work(*args)))
        return future

    def go(self) -> list[Any]:
        """Do all that waits; returns the results."""
        for future, work in self.work:
            future.set_result(work())
        done, self.work = [future.result() for future, _ in self.work], []
        return done
