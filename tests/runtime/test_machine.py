"""Limits of containers count, and nothing that cannot be read stops the program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.runtime.machine import free_memory, give_back_large_blocks, memory, usable_cpus


def here() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cpu.max", "50000 100000", 1),
        ("cpu.max", "100000 100000", 1),
        ("cpu.max", "max 100000", None),
        ("cpu.max", "nonsense", None),
        ("cpu.max", "100000 0", None),
        ("cpu.max", "99900000 100000", None),
        ("nothing", "", None),
    ],
)
def test_processors(tmp_path: Path, name: str, content: str, expected: int | None) -> None:
    (tmp_path / name).write_text(content)
    assert usable_cpus(tmp_path) == (expected or here())


@pytest.mark.parametrize(("quota", "expected"), [("50000", 1), ("-1", None)])
def test_processors_of_older_containers(tmp_path: Path, quota: str, expected: int | None) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cpus(tmp_path) == (expected or here())


def test_memory(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    5000 kB\n")
    assert free_memory(tmp_path, meminfo) == 5000 * 1024
    (tmp_path / "memory.current").write_text("1000000\n")
    (tmp_path / "memory.max").write_text("3000000\n")
    assert free_memory(tmp_path, meminfo) == 2_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(tmp_path, meminfo) == 5000 * 1024
    assert free_memory(tmp_path / "no", tmp_path / "none") is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("memory.max", "1000000", 1_000_000),
        ("memory.max", "max", 4096 * 1024),
        ("memory.max", "99999999999999", 4096 * 1024),
        ("memory/memory.limit_in_bytes", "2000000", 2_000_000),
        ("nothing", "", 4096 * 1024),
    ],
)
def test_memory_of_machine_or_container(
    tmp_path: Path, name: str, content: str, expected: int
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    (tmp_path / "meminfo").write_text("MemTotal:       4096 kB\nMemFree:  1 kB\n")
    assert memory(tmp_path, tmp_path / "meminfo") == expected
    assert memory(tmp_path / "none", tmp_path / "none") is None


def test_large_blocks_go_back_to_the_system() -> None:
    """The same again changes nothing, and no system minds."""
    for _ in range(2):
        give_back_large_blocks()
