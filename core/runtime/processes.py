"""Which process something belongs to, and what its clock can be compared with.

Several processes of one machine may share a file, and so may several machines. Marks written into
it tell them apart without asking the wall clock, which people and networks set back and forward.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_ONLY_HERE = uuid.uuid4().hex


def now() -> float:
    """Seconds of a clock that is never set; it can be compared where ``clock_mark`` is the same."""
    return time.monotonic()


@cache
def clock_mark() -> str:
    """Names the clock of ``now``: processes with the same mark read the same clock.

    On Linux that is all of one machine until it starts anew, elsewhere this process alone.
    """
    if not sys.platform.startswith("linux"):
        return _ONLY_HERE
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/time').readlink()}"
    except (OSError, ValueError):
        return _ONLY_HERE


def process_mark() -> str:
    """Names this process among all that ever run on this machine until it starts anew.

    "" where the system does not tell enough.
    """
    return _mark_of(os.getpid())


@cache  # a forked process has a number of its own
def _mark_of(number: int) -> str:
    begun, space = _begun(number), _space()
    return f"{space} {number} {begun}" if begun and space else ""


def has_ended(mark: str) -> bool:
    """Whether the process of a ``process_mark`` is known to have ended.

    False where that cannot be known: in another container, on a system without /proc. The mark must
    come from a process with the same ``clock_mark``.
    """
    parts = mark.split(" ")
    if len(parts) != 3 or not parts[1].isdigit() or parts[0] != _space():
        return False
    return _begun(int(parts[1])) != parts[2]


@cache
def _space() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _begun(number: int) -> str:
    """When a process began, in ticks since the machine did; "" when there is none."""
    try:
        # Its name stands in brackets before the other fields and may hold any character.
        fields = (_PROC / str(number) / "stat").read_bytes().rpartition(b")")[2].split()
        return fields[19].decode("ascii")
    except (OSError, IndexError, ValueError):
        return ""
