"""Pieces of work of one kind, a processor each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from threadpoolctl import threadpool_limits

from core.runtime.machine import usable_cpus

__all__ = ["each", "one_blas_thread"]

Item = TypeVar("Item")
Result = TypeVar("Result")


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


def each(
    work: Callable[[Item], Result], items: Iterable[Item], most: int | None = None
) -> list[Result]:
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
