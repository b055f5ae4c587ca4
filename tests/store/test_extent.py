"""How much of a folder is embedded: known to whoever looks meanwhile, whatever the file holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store.extent import extent_file, read_extent, save_extent
from core.store.workspace import Workspace


def test_it_comes_back(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path)
    assert read_extent(workspace) == 0
    save_extent(workspace, 2_912)
    assert read_extent(workspace) == 2_912
    written = extent_file(workspace).stat().st_mtime_ns
    save_extent(workspace, 2_912)
    assert extent_file(workspace).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"files": "7"}', '{"files": -3}', '{"files": 1e400}', "{}"]
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    workspace = Workspace(tmp_path, tmp_path)
    extent_file(workspace).write_text(text)
    assert read_extent(workspace) == 0
    save_extent(workspace, 5)
    assert read_extent(workspace) == 5
