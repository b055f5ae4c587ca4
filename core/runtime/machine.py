"""What this process may use of the machine: processors and memory, containers' limits included."""

from __future__ import annotations

import ctypes
import math
import os
import platform
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")
# mallopt(3): M_MMAP_THRESHOLD and M_TRIM_THRESHOLD, bytes. The second is twice the first, as glibc
# has it while it moves both; else every small picture is taken from the system and given back.
_MAPPED, _TRIMMED = (-3, 4 << 20), (-1, 8 << 20)
_ARENAS = -8  # M_ARENA_MAX: heaps, of which glibc makes eight a processor


def usable_cpus(cgroup: Path = _CGROUP) -> int:
    """Processors that this process may keep busy: affinity and a container's quota count."""
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere nothing is narrower than the machine
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, count if quota is None else min(count, math.ceil(quota)))


def free_memory(cgroup: Path = _CGROUP, meminfo: Path = _MEMINFO) -> int | None:
    """Bytes that can still be taken without swapping; None where the system does not say."""
    limits = []
    for line in _text(meminfo).splitlines():
        if line.startswith("MemAvailable:"):
            limits.append(int(line.split()[1]) * 1024)
    limit, used = _text(cgroup / "memory.max"), _text(cgroup / "memory.current")
    if limit.isdigit() and used.isdigit():
        limits.append(max(0, int(limit) - int(used)))
    return min(limits, default=None)


def memory(cgroup: Path = _CGROUP, meminfo: Path = _MEMINFO) -> int | None:
    """Bytes that this machine or container has; None where the system does not say."""
    limits = []
    for line in _text(meminfo).splitlines():
        if line.startswith("MemTotal:"):
            limits.append(int(line.split()[1]) * 1024)
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # cgroup v2 and v1
        limit = _text(cgroup / name)
        if limit.isdigit():
            limits.append(int(limit))
    return min(limits, default=None)


def give_back_large_blocks() -> None:
    """Let freed blocks of some megabytes go back to the system at once, from now on.

    By itself glibc raises that bound to 32 MB, and keeps what pictures leave behind in the heap of
    every thread that ever decoded one: 16 threads held 3 GB that nobody used.
    """
    if platform.libc_ver()[0] == "glibc":
        arenas = (_ARENAS, usable_cpus() + 1)  # threads that wait share one
        for parameter, value in (_MAPPED, _TRIMMED, arenas):
            ctypes.CDLL(None).mallopt(parameter, value)


def _quota(cgroup: Path) -> float | None:
    """Processors' worth of time that a container may use; None when it is not limited."""
    quota, _, period = _text(cgroup / "cpu.max").partition(" ")  # cgroup v2: "200000 100000"
    if not quota:
        quota = _text(cgroup / "cpu" / "cpu.cfs_quota_us")  # cgroup v1: -1 without a limit
        period = _text(cgroup / "cpu" / "cpu.cfs_period_us")
    if quota.isdigit() and period.isdigit() and int(period):
        return int(quota) / int(period)
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
