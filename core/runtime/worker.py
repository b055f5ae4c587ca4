"""One thread for work in turn that does not outlive the process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Does one thing after the other in a daemon thread.

    A `concurrent.futures.ThreadPoolExecutor` is waited for when Python ends: a server that is asked
    to stop would stay until a model is fitted that nobody looks at any more.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
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
        return future

    def join(self) -> None:
        """Wait until all that was submitted so far is done."""
        self.submit(lambda: None).result()

    def _run(self) -> None:
        while True:
            future, work = self._work.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # whoever asks for the result gets it
                future.set_exception(error)
