"""Trying again what may pass: a bounded number of times, with longer and longer waits."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from core.images.sources.base import SourceGone

TRIES = 10
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
"""Seconds; with ``TRIES`` tries about 40 in all."""
GONE = 20.0
"""Seconds after that in which one try is enough: every picture of a page would wait as long."""

T = TypeVar("T")


class Passing(Exception):
    """Something that may be over in a moment; its text says what."""


class Patience:
    """Waits of one source. Threads share it.

    Attributes:
        waiting: what to tell people while something is tried again; "" for nothing.
    """

    def __init__(self, address: str) -> None:
        self.waiting = ""
        self._address = address
        self._ended = threading.Event()
        self._gone_at = -GONE

    def end(self) -> None:
        """Wait no longer: whoever waits is told that the source is gone."""
        self._ended.set()

    def begin(self) -> None:
        """Be patient again."""
        self._ended.clear()
        self._gone_at = -GONE

    def tried(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, tried again as long as it raises `Passing`.

        Raises:
            SourceGone: it did so for the last time.
        """
        tries = 1 if time.monotonic() - self._gone_at < GONE else TRIES
        for number in range(1, tries + 1):
            try:
                result = work()
            except Passing as error:
                reason = str(error)
            else:
                self.waiting = ""
                return result
            if number < tries:
                self.waiting = f"{self._address} does not answer, try {number + 1} of {tries}"
                longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1))
                if self._ended.wait(longest * random.uniform(0.75, 1.0)):
                    break
        self.waiting, self._gone_at = "", time.monotonic()
        raise SourceGone(
            f"{self._address} cannot be reached ({reason}): check the connection and run the same "
            "step again, what was finished is kept."
        )
