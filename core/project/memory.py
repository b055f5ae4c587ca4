"""Results in memory, shared by the sessions of one server: found once, the last few kept."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
LAST = 8  # results of each kind: a few versions of the prompts back and forth


class Memory:
    """The last results of each kind, by what they follow from. Safe for several threads."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._waiting: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._results: dict[str, OrderedDict[Hashable, Any]] = {}

    def remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = LAST) -> T:
        """The result of ``key``, made when it is not there.

        Args:
            kind: name of the kind of result; callers that ask for the same wait for one another.
            key: all that the result follows from.
            keep: results of this kind that stay.
        """
        # A lock a kind, so that thumbnails need not wait for a model to be fitted.
        with self._turn(kind):
            results = self._results.setdefault(kind, OrderedDict())
            if key not in results:
                results[key] = make()
                while len(results) > keep:
                    results.popitem(last=False)
            results.move_to_end(key)
            return results[key]

    def forget(self, kind: str) -> None:
        """Drop the results of a kind."""
        with self._turn(kind):
            self._results.pop(kind, None)

    def has(self, kind: str, key: Hashable) -> bool:
        """Whether a result is there."""
        return key in self._results.get(kind, {})

    def awaited(self, kind: str) -> bool:
        """Whether somebody waits for a result of a kind that another thread makes."""
        return self._waiting[kind] > 0

    @contextmanager
    def _turn(self, kind: str) -> Iterator[None]:
        lock = self._locks[kind]
        if not lock.acquire(blocking=False):
            self._count(kind, 1)
            lock.acquire()
            self._count(kind, -1)
        try:
            yield
        finally:
            lock.release()

    def _count(self, kind: str, step: int) -> None:
        with self._counting:
            self._waiting[kind] += step
