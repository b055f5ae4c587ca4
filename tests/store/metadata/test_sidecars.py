"""Files beside images: which are of which image, and what is wrong with some."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.store.metadata import brought
from core.store.metadata.brought import MOST_CHARACTERS
from core.store.metadata.sidecars import read_sidecars


def rows(folder: Path, paths: list[str]) -> dict[str, dict[str, str]]:
    table = read_sidecars(folder, paths, Report())
    names = [name for name in table.cells if name != "path"]
    return {
        path: {name: table.cells[name][n] for name in names if table.cells[name][n]}
        for n, path in enumerate(table.cells["path"])
    }


def test_both_ways_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text('{"title": "A", "size": {"w": 3}, "path": "no"}')
    (tmp_path / "in" / "a.txt").write_text(" some words \n")
    (tmp_path / "b.jpg.json").write_text('{"title": "B"}')
    (tmp_path / "a.json").write_text('{"title": "of another image"}')
    assert rows(tmp_path, ["b.jpg", "in/a.jpg", "c.jpg"]) == {
        "b.jpg": {"title": "B"},
        "in/a.jpg": {"title": "A", "size.w": "3", "text": "some words"},
    }


def test_names_that_are_one_and_nul_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"t": "x", " t ": "y"}')
    (tmp_path / "b.json").write_text('{"t": "x\\u0000y"}')
    table = read_sidecars(tmp_path, ["a.jpg", "b.jpg"], Report())
    assert table.cells["t"].to_list() == ["xy"]
    assert [(one.path, one.more) for one in table.rejected] == [
        ("a.jpg", "two of its names are one but for white space")
    ]


def test_memory_is_bounded_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        (tmp_path / f"{n}.json").write_text(json.dumps({f"c{n}-{k}": "x" * 9 for k in range(200)}))
    paths = [f"{n}.jpg" for n in range(4)]
    with pytest.raises(WinnowError, match="has 600 columns, more than the 500"):
        read_sidecars(tmp_path, paths, Report())
    monkeypatch.setattr(brought, "MOST_TEXT", 2_000)
    with pytest.raises(WinnowError, match="more than 2,000 characters"):
        read_sidecars(tmp_path, paths, Report(), ["c0-1"])


def test_files_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    for name, text in {
        "a.json": "[1]", "b.json": "{", "c.json": '{"t": "%s"}' % ("x" * (MOST_CHARACTERS + 1)),
        "d.json": '{"t": "good"}', "f.txt": "x" * 1_000_001,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    (tmp_path / "e.txt").write_bytes(b"\xff\xff")
    (tmp_path / "g.json").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "h.txt")
    table = read_sidecars(tmp_path, [f"{letter}.jpg" for letter in "abcdefgh"], Report())
    assert table.cells["path"].to_list() == ["d.jpg"]
    assert [row.path for row in table.rejected] == [f"{n}.jpg" for n in "abcefgh"]


def test_none_and_stopped(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="No file NAME"):
        read_sidecars(tmp_path, ["a.jpg"], Report())
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        read_sidecars(tmp_path, ["a.jpg"], report)
