"""What the last scan passed over, in the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.images.folders.left_out import TRASH, LeftOut
from core.store.left_out import read_left_out, save_left_out
from core.store.workspace import Workspace


def test_it_is_kept_in_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws", tmp_path)
    assert read_left_out(workspace).count == 0
    left = LeftOut()
    left.add("a", TRASH)
    left.links_out.add("b")
    save_left_out(workspace, left)
    assert read_left_out(workspace).as_json() == left.as_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"reasons": 1}', '{"reasons": [1]}', "\x00"])
def test_a_damaged_record_counts_as_none(tmp_path: Path, text: str) -> None:
    workspace = Workspace(tmp_path, tmp_path)
    workspace.left_out.write_text(text)
    assert read_left_out(workspace).count == 0
