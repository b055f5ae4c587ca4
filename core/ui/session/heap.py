"""The server's memory: what lives long is not looked through again and again, what is freed goes.

Streamlit collects all garbage after each run of a script. A collection of tens of thousands of
images is hundreds of thousands of objects that stay, and every page would wait for the look at
them. So whenever a full collection was slow, what it left is set aside (``gc.freeze``).
"""

from __future__ import annotations

import ctypes
import gc
import platform
import time
from collections.abc import Callable

_SLOW = 0.03  # seconds of a full collection from which its survivors are set aside
_THAW = 600.0  # seconds after which what was set aside is looked through once more: some is garbage
_FULL = 2  # the oldest generation

_GLIBC = platform.libc_ver()[0] == "glibc"
# mallopt(3) of glibc: parameter, value.
_ARENAS = (-8, 2)  # Streamlit runs each script in a thread; eight arenas a core, all fragmented
_MAPPED = (-3, 4 << 20)  # bytes from which an array is a mapping of its own, gone when it is freed


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
    """Look after this process's memory from now on; a second call changes nothing.

    Without the limits on glibc's allocator a used server held 0.6 GB more with 60,000 images:
    arrays of many megabytes lay between small objects in a dozen arenas.
    """
    if any(isinstance(callback, Keeper) for callback in gc.callbacks):
        return
    gc.callbacks.append(Keeper())
    if _GLIBC:
        for parameter, value in (_ARENAS, _MAPPED):
            ctypes.CDLL(None).mallopt(parameter, value)


def trim() -> None:
    """Give the system back what was freed between objects that stay; after long work."""
    if _GLIBC:
        ctypes.CDLL(None).malloc_trim(0)
