"""Results in memory, shared by the sessions of one server: found once, the last few kept."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
LAST = 8  # results of each kind: a few versions of the prompts back and forth


class Memory:
    """The last results of each kind, by what they follow from. Safe for several threads."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._results: dict[str, OrderedDict[Hashable, Any]] = {}

    def remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = LAST) -> T:
        """The result of ``key``, made when it is not there.

        Args:
            kind: name of the kind of result; callers that ask for the same wait for one another.
            key: all that the result follows from.
            keep: results of this kind that stay.
        """
        # A lock a kind, so that thumbnails need not wait for a model to be fitted.
        with self._locks[kind]:
            results = self._results.setdefault(kind, OrderedDict())
            if key not in results:
                results[key] = make()
                while len(results) > keep:
                    results.popitem(last=False)
            results.move_to_end(key)
            return results[key]
