"""What this process may use of the machine: processors and memory, containers' limits included."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


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
