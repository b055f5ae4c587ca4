"""Work in the background lets pages go first: on two cores they would take nearly twice as long."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAGE = 1.5  # seconds from the start of a page's script until the browser has drawn it, as a rule
_STEP = 0.05  # seconds between two looks

_asked = float("-inf")  # when a page was asked for, the last time


def page_asked() -> None:
    """Note that somebody waits for a page now."""
    global _asked
    _asked = time.monotonic()


class Courtesy:
    """Called between steps of work that nobody waits for, it returns when no page is being drawn.

    Args:
        seconds: to wait at most, over all calls: somebody who goes from page to page must not
            keep the work from ever ending.
        hurry: no more waiting as soon as it says so.
    """

    def __init__(self, seconds: float, hurry: Callable[[], bool]) -> None:
        self._left = seconds
        self._hurry = hurry

    def __call__(self) -> None:
        while self._left > 0 and time.monotonic() - _asked < _PAGE and not self._hurry():
            time.sleep(_STEP)
            self._left -= _STEP
