"""Exports on record, told by the names of their folders."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from core.export.record.past import runs_of


def test_runs_are_listed_in_their_order_and_other_folders_are_none(tmp_path: Path) -> None:
    assert runs_of(tmp_path / "none") == []
    for name in ("20250102-030405-b", "20250102-030405-a", "20241231-235959-old", "20250103-000000",
                 "notes", ".20250104-000000-half", "20251399-000000-x"):  # fmt: skip
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "20250102-030405-b", (1, 1))  # filed first
    listed = runs_of(tmp_path)
    assert [run.name for run in listed] == ["old", "b", "a", "20250103-000000"]
    assert listed[0].when == datetime(2024, 12, 31, 23, 59, 59)
    assert listed[0].date == "2024-12-31 23:59"
