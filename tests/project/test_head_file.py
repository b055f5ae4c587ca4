"""The head of a question as its workspace keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.learn.heads.names import NAMES, PLAIN
from core.project.head_file import head_in, keep_head
from core.project.project import Project
from core.runtime.errors import WinnowError


def test_a_head_is_kept_and_plain_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "head"
    assert head_in(tmp_path) == PLAIN
    for name in NAMES[1:]:
        keep_head(tmp_path, name)
        assert head_in(tmp_path) == name
    keep_head(tmp_path, PLAIN)
    assert head_in(tmp_path) == PLAIN and not file.exists()


@pytest.mark.parametrize("content", [b"", b"nearest\n", b"\xff\xfe", b"weighted" * 1_000])
def test_a_file_that_names_no_head_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "head"
    file.write_bytes(content)
    with pytest.raises(WinnowError, match="delete it"):
        head_in(tmp_path)


def test_a_question_remembers_its_head(project: Project) -> None:
    assert project.snapshot().head == PLAIN
    keep_head(project.workspace.home, "weighted")
    assert project.snapshot().head == "weighted"
    assert Project.open(project.workspace.images, project.workspace.root).snapshot().head == (
        "weighted"
    )
