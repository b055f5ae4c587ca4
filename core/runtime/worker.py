"""One thread for work in turn that hardly outlives the process."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
_Work = tuple[Future[Any], Callable[[], Any]]
PATIENCE = 5.0
"""Seconds that work under way may take when Python ends."""


class Worker:
    """Does one thing after the other in a daemon thread.

    When Python ends, what waits is dropped, and what is being done has `PATIENCE` seconds: a
    `concurrent.futures.ThreadPoolExecutor` would do all of it, so that a server that is asked to
    stop stays until models are fitted that nobody looks at any more. Not to wait at all would end
    the thread within the code of a library, which some do not survive.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Do ``work(*args)`` when all that was submitted before is done."""
        future: Future[T] = Future()
        with self._lock:
            self._work.put((future, lambda: work(*args)))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._leave)
        return future

    def join(self) -> None:
        """Wait until all that was submitted so far is done."""
        self.submit(lambda: None).result()

    def _leave(self) -> None:
        with suppress(queue.Empty):
            while True:
                left = self._work.get_nowait()
                if left is not None:
                    left[0].cancel()
        self._work.put(None)
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while (next_ := self._work.get()) is not None:
            future, work = next_
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # whoever asks for the result gets it
                future.set_exception(error)
