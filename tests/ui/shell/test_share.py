"""How others come to label along: the exact command, or the address with its key."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.cli import main
from core.project.project import Project
from core.runtime import roots
from core.store.workspace import Workspace, default_root
from core.ui.session import reach
from core.ui.session.reach import Reach
from core.ui.shell import server, share


def test_the_command_is_one_that_winnow_takes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, command, *words = shlex.split(share.command(project.workspace, 8601))
    assert (program, command) == ("winnow", "app")
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(server, "serve", lambda *args: calls.append(args))
    with pytest.raises(SystemExit) as ended:
        main([command, *words])
    assert ended.value.code == 0
    (call,) = calls
    assert call[0] == project.workspace.root
    access = call[4]
    assert (access.address, access.port, access.token) == ("0.0.0.0", 8601, True)


def test_names_are_quoted_and_what_is_usual_is_left_out(tmp_path: Path) -> None:
    images = tmp_path / "my 'pictures' $(x)"
    images.mkdir()
    line = share.command(Workspace(default_root(images), images), None)
    assert shlex.split(line) == ["winnow", "app", str(images), "--address", "0.0.0.0"]
    asking = Workspace(tmp_path / "ws", images, question="kinds")
    words = shlex.split(share.command(asking, 8501))
    assert words[3:7] == ["--workspace", str(tmp_path / "ws"), "--question", "kinds"]


def test_alone_it_says_how_to_open_up(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "shared", [])  # no server was started here
    app.run()
    code = [c.value for c in app.sidebar.code]
    assert code == [share.command(project.workspace, None)]
    assert "Only this computer" in " ".join(m.value for m in app.sidebar.markdown)


def test_open_to_others_it_says_the_address_with_its_key(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Reach(("http://127.0.0.1:8501/", "http://box.local:8501/"), False, 8501, "k" * 20)
    monkeypatch.setattr(reach, "shared", [own])
    app.run()
    assert [c.value for c in app.sidebar.code] == [f"http://box.local:8501/?token={'k' * 20}"]
    assert not app.exception


def test_the_folders_that_may_be_used_are_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "limited_to", lambda: (Path("/srv/a b"),))
    words = shlex.split(share.command(project.workspace, None))
    assert words[words.index("--root") + 1] == "/srv/a b"
