"""The app when its server may use some folders only: every way to name another one is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.runtime import roots
from core.store.places import own_folders
from core.store.workspace import load, open_workspace
from core.ui.export import state
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
REFUSED = "lies outside the folders that this server may use"


@pytest.fixture
def inside(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only folder that may be used, and a workspace from before of one outside."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(host, "shared", new_host())
    for name in ("inside", "outside"):
        shutil.copytree(sample, tmp_path / name / "pictures")
    open_workspace(tmp_path / "outside/pictures")
    roots.limit_to([tmp_path / "inside"], own_folders())
    yield tmp_path / "inside"
    roots.lift()


def errors(app: AppTest) -> str:
    assert not app.exception, [error.value for error in app.exception]
    return "\n".join(str(error.value) for error in app.error).replace("\\", "")


def typed(app: AppTest, path: object) -> AppTest:
    app.text_input(key="open-folder").set_value(str(path))
    return next(button for button in app.button if button.label == "Open").click().run()


@pytest.mark.parametrize(
    "way", ["{0}/../outside/pictures", "{0}/../outside/missing", "{0}/link", "/etc", "/", "~"]
)
def test_a_folder_outside_is_not_opened(inside: Path, way: str) -> None:
    (inside / "link").symlink_to(inside.parent / "outside/pictures")
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert REFUSED in errors(typed(app, way.format(inside)))
    assert "workspace" not in app.session_state


def test_a_folder_inside_is_opened(inside: Path) -> None:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert errors(typed(app, inside / "pictures")) == ""
    assert load(Path(app.session_state["workspace"])).images == inside / "pictures"


def test_work_of_before_is_neither_listed_nor_opened_by_its_address(inside: Path) -> None:
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert not [box for box in app.selectbox if box.key == "recent"]
    [root] = (inside.parent / "data/winnow/workspaces").iterdir()
    linked = AppTest.from_file(str(ENTRY), default_timeout=60)
    linked.query_params["w"] = root.name
    assert REFUSED in errors(linked.run())
    assert "workspace" not in linked.session_state


def test_a_model_outside_is_not_read(inside: Path) -> None:
    app = typed(AppTest.from_file(str(ENTRY), default_timeout=60).run(), inside / "pictures")
    app.selectbox(key="model").set_value("other").run()
    app.text_input(key="model-other").set_value("local:/etc").run()
    assert REFUSED in errors(app)


def test_an_export_goes_inside(
    inside: Path, embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = inside / "workspace"
    shutil.copytree(embedded, workspace)
    text = (workspace / "workspace.toml").read_text()
    roots.lift()
    before = str(load(workspace).images)
    (workspace / "workspace.toml").write_text(text.replace(before, str(inside / "pictures")))
    roots.limit_to([inside], own_folders())
    host.shared.first = workspace
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    app.switch_page("../../../pages/export.py").run()
    assert app.text_input(key=state.OUT).value.startswith(str(inside))
    assert errors(app) == ""
    app.text_input(key=state.OUT).set_value(str(inside.parent / "outside/out")).run()
    assert REFUSED in errors(app)
