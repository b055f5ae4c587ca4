"""The server's garbage collection: what lives long is not looked through again and again.

Streamlit collects all garbage after each run of a script. A collection of tens of thousands of
images is hundreds of thousands of objects that stay, and every page would wait for the look at
them. So whenever a full collection was slow, what it left is set aside (``gc.freeze``).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

_SLOW = 0.03  # seconds of a full collection from which its survivors are set aside
_THAW = 600.0  # seconds after which what was set aside is looked through once more: some is garbage
_FULL = 2  # the oldest generation


class Keeper:
    """A callback for ``gc.callbacks``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._begun = clock, 0.0
        self._thawed = clock()

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] != _FULL:
            return
        now = self._clock()
        if phase == "start":
            self._begun = now
            if now - self._thawed > _THAW:
                gc.unfreeze()
                self._thawed = now
        elif now - self._begun > _SLOW:
            gc.freeze()


def tend() -> None:
    """Begin to set aside what lives long, in this process; a second call changes nothing."""
    if not any(isinstance(callback, Keeper) for callback in gc.callbacks):
        gc.callbacks.append(Keeper())
