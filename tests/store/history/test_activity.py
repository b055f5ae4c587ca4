"""The log of who did what: only appended to, damaged lines passed over."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.store.history import activity
from core.store.history.activity import done_between, note


def test_lines_come_back_in_order_and_by_time(tmp_path: Path, monkeypatch) -> None:
    assert done_between(tmp_path, 0.0, 9e9) == []
    for moment, person in ((100.0, "ann"), (200.0, "bo"), (300.0, "")):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        note(tmp_path, person, "export", 'to "Ü"\nand more', "kind")
    assert [(d.time, d.person) for d in done_between(tmp_path, 100.0, 300.0)] == [
        (100.0, "ann"), (200.0, "bo"),
    ]  # fmt: skip
    assert done_between(tmp_path, 300.0, 301.0)[0].about == 'to "Ü"\nand more'


def test_what_a_crash_cut_off_and_what_is_no_line_is_passed_over(tmp_path: Path) -> None:
    note(tmp_path, "ann", "export", "one")
    with (tmp_path / "activity.jsonl").open("ab") as file:
        file.write(
            b'{"time": 1e999, "person": "x", "act": "y", "about": "z"}\n[]\n{"time": 5, "per'
        )
    note(tmp_path, "bo", "import", "two")
    assert [d.about for d in done_between(tmp_path, 0.0, 9e9)] == ["one", "two"]


def test_only_the_newest_lines_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "MOST", 3)
    for number in range(5):
        note(tmp_path, "ann", "classes", str(number))
    assert [d.about for d in done_between(tmp_path, 0.0, 9e9)] == ["2", "3", "4"]
