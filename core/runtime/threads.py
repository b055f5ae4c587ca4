"""Threads: one for work in turn that hardly outlives the process, some for pieces of one work."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from core.runtime.machine import usable_cpus

__all__ = ["PATIENCE", "Worker", "each", "one_blas_thread"]

T = TypeVar("T")
Item = TypeVar("Item")
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


class _Limit:
    """What holds BLAS to one thread while anybody wants it: the setting is the whole process's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits: threadpool_limits | None = None

    def begin(self) -> None:
        with self._lock:
            if self._users == 0:
                self._limits = threadpool_limits(1, user_api="blas")
            self._users += 1

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._limits is not None:
                self._limits.restore_original_limits()


_limit = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS takes one thread until the block ends, and longer where others still want it so.

    Small products cost more in several threads than they bring, tenfold when the CPU is busy.
    """
    _limit.begin()
    try:
        yield
    finally:
        _limit.end()


def each(work: Callable[[Item], T], items: Iterable[Item], most: int | None = None) -> list[T]:
    """What ``work`` makes of every item, in their order.

    BLAS takes one thread for each, however many processors there are: so sums are added up in the
    same order everywhere, and pieces do not wait for each other.

    Args:
        most: pieces at the same time, for the memory that they take; None: as many as processors.
    """
    own, cpus = list(items), usable_cpus()
    at_once = min(len(own), cpus if most is None else min(most, cpus))
    with one_blas_thread():
        if at_once <= 1:
            return [work(item) for item in own]
        with ThreadPoolExecutor(at_once, thread_name_prefix="each") as workers:
            # What is called between two steps comes along with the thread (core.runtime.pausing).
            contexts = [copy_context() for _ in own]
            return list(workers.map(lambda item, context: context.run(work, item), own, contexts))
