"""What people took apart: kept on disk, by several at once, taken back; damage is said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.store.apart import put_together, read_apart, take_apart
from core.store.workspace import Workspace

IDS = [f"{number:032x}" for number in range(40)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "images").mkdir()
    return Project.open(tmp_path / "images", tmp_path / "workspace").workspace


def test_what_was_taken_apart_is_kept_once_and_taken_back(workspace: Workspace) -> None:
    assert read_apart(workspace) == ()
    take_apart(workspace, IDS[:1])
    assert read_apart(workspace) == ()  # one picture is of no group
    take_apart(workspace, [IDS[1], IDS[0]])
    take_apart(workspace, [IDS[0], IDS[1], IDS[1]])
    take_apart(workspace, IDS[2:5])
    assert read_apart(workspace) == (tuple(IDS[:2]), tuple(IDS[2:5]))
    put_together(workspace, IDS[:2])
    put_together(workspace, IDS[7:9])
    assert read_apart(workspace) == (tuple(IDS[2:5]),)


def test_nothing_gets_lost_between_several_who_write(workspace: Workspace) -> None:
    pairs = [IDS[n : n + 2] for n in range(0, 40, 2)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: take_apart(workspace, pair), pairs))
    assert sorted(read_apart(workspace)) == sorted(map(tuple, pairs))


@pytest.mark.parametrize("content", ["", "{}", '[["../x"]]', "[7]", "[[7]]", "\x00", "[[[]]]"])
def test_a_damaged_file_is_said_with_the_way_out_and_not_written_over(
    workspace: Workspace, content: str
) -> None:
    workspace.apart.write_text(content)
    for step in (lambda: read_apart(workspace), lambda: take_apart(workspace, IDS[:2])):
        with pytest.raises(WinnowError, match=r"apart\.json cannot be read .*delete it"):
            step()
    assert workspace.apart.read_text() == content
