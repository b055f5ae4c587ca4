"""Results in memory, shared by the sessions of one server: found once, the last few kept."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from core.runtime.pausing import is_patient

T = TypeVar("T")
_count, _counted = threading.Lock(), 0  # threads that wait for a result and would not pause
LAST = 8  # results of each kind: a few versions of the prompts back and forth


def somebody_waits() -> bool:
    """Whether anybody who would not pause waits for a result that another thread makes: whoever
    makes one must not pause then."""
    return _counted > 0


@contextmanager
def _waiting() -> Iterator[None]:
    global _counted
    step = 0 if is_patient() else 1
    with _count:
        _counted += step
    try:
        yield
    finally:
        with _count:
            _counted -= step


class Memory:
    """The last results of each kind, by what they follow from. Safe for several threads."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._counting = threading.Lock()
        self._results: dict[str, OrderedDict[Hashable, Any]] = {}

    def remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = LAST) -> T:
        """The result of ``key``, made when it is not there; what is there is never waited for.

        Args:
            kind: name of the kind of result; callers that ask for the same wait for one another.
            key: all that the result follows from.
            keep: results of this kind that stay.
        """
        # A lock a kind, so that thumbnails need not wait for a model to be fitted.
        there, result = self._there(kind, key)
        if there:
            return cast(T, result)
        with self._turn(kind):
            there, result = self._there(kind, key)  # another may have made it meanwhile
            if there:
                return cast(T, result)
            made = make()
            with self._counting:
                results = self._results.setdefault(kind, OrderedDict())
                results[key] = made
                while len(results) > keep:
                    results.popitem(last=False)
            return made

    def _there(self, kind: str, key: Hashable) -> tuple[bool, Any]:
        """Whether a result is there, and the result; it was asked for last now."""
        with self._counting:
            results = self._results.get(kind)
            if results is None or key not in results:
                return False, None
            results.move_to_end(key)
            return True, results[key]

    def forget(self, kind: str) -> None:
        """Drop the results of a kind."""
        with self._turn(kind), self._counting:
            self._results.pop(kind, None)

    def has(self, kind: str, key: Hashable) -> bool:
        """Whether a result is there."""
        return key in self._results.get(kind, {})

    @contextmanager
    def _turn(self, kind: str) -> Iterator[None]:
        lock = self._locks[kind]
        if not lock.acquire(blocking=False):
            with _waiting():
                lock.acquire()
        try:
            yield
        finally:
            lock.release()
