"""Work in the background lets pages go first: on two cores they would take nearly twice as long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.project.memory import somebody_waits

_PAGE = 2.5  # seconds from the start of a page's script until the browser has drawn it, at most
_DRAWN = 0.35  # seconds from the end of its script until the browser has drawn it, as a rule
_STEP = 0.02  # seconds between two looks

CHART = 1.5
"""Seconds that a browser takes for its first chart: the code that draws them has megabytes."""

_until = float("-inf")  # until when the page that was asked for last may be waited for
_heavy = 0.0  # seconds that the browser takes for what is on the page that is being drawn


def page_asked() -> None:
    """Note that somebody waits for a page now."""
    global _until
    _until = time.monotonic() + _PAGE


def takes(seconds: float) -> None:
    """Note that the browser takes that long to draw something on the page: a map, a first chart."""
    global _heavy
    _heavy = max(_heavy, seconds)


@contextmanager
def drawing(drawn: float = _DRAWN) -> Iterator[None]:
    """Around the end of what somebody waits for.

    Args:
        drawn: seconds that the browser takes after it.
    """
    global _until, _heavy
    _heavy = 0.0
    try:
        yield
    finally:
        _until = time.monotonic() + max(drawn, _heavy)


class Courtesy:
    """Called between steps of work that nobody waits for, it returns when no page is being drawn.

    Nor does it wait while somebody waits for a result of any kind, which may be the one in hand.

    Args:
        seconds: to wait at most, over all calls: somebody who goes from page to page must not
            keep the work from ever ending.
        hurry: no more waiting as soon as it says so.

    Attributes:
        waited: seconds so far.
    """

    def __init__(self, seconds: float, hurry: Callable[[], bool]) -> None:
        self._most = seconds
        self._hurry = hurry
        self._waiting = threading.Lock()  # of several threads of one piece of work one counts
        self.waited = 0.0

    def __call__(self) -> None:
        with self._waiting:
            while self.waited < self._most and time.monotonic() < _until:
                if somebody_waits() or self._hurry():
                    return
                begun = time.monotonic()
                time.sleep(_STEP)
                self.waited += time.monotonic() - begun
