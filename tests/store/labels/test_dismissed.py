"""Disagreements that people let be: kept, by both classes; damage is said."""

from __future__ import annotations

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.store.labels.dismissed import dismiss, read_dismissed


def test_pairs_are_kept_and_a_damaged_file_is_said(project: Project) -> None:
    workspace, ids = project.workspace, project.pool().ids
    assert read_dismissed(workspace) == {}
    dismiss(workspace, {ids[0]: ("red", "blue")})
    dismiss(workspace, {ids[1]: ("a", "b"), ids[0]: ("red", "grün")})
    assert read_dismissed(workspace) == {ids[0]: ("red", "grün"), ids[1]: ("a", "b")}
    for wrong in ("{", "3", "[1]", '{"../x": ["a", "b"]}', f'{{"{ids[0]}": ["a"]}}'):
        (workspace.home / "words-dismissed.json").write_text(wrong)
        with pytest.raises(WinnowError, match=r"words-dismissed\.json"):
            read_dismissed(workspace)
        with pytest.raises(WinnowError, match=r"words-dismissed\.json"):
            dismiss(workspace, {ids[0]: ("a", "b")})
