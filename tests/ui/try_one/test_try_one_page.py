"""The Try one page, driven through the app's entry as Streamlit runs it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts import new_host
from PIL import Image, ImageOps
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.images.hash import content_id
from core.project import pool as pools
from core.project.project import Project
from core.services.sorter.making import make_sorter
from core.services.try_one import judge as judging
from core.services.try_one.judge import Judge
from core.sorter.model_file import write
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def small(sample: Path, starter, tmp_path: Path) -> Project:
    """Twelve of the sample's pictures in a folder of their own, with its classes."""
    folder = tmp_path / "few"
    folder.mkdir()
    for path in sorted((sample / "images").rglob("*.jpg"))[:12]:
        shutil.copy2(path, folder / path.name)
    project = Project.open(folder, tmp_path / "workspace")
    embed(project.workspace, starter)
    shutil.copy2(sample / "prompts.yaml", project.workspace.vocabulary)
    return project.use(starter)


@pytest.fixture
def other(sample: Path, tmp_path: Path) -> Path:
    """A picture that is not among them."""
    path = tmp_path / "mirror.png"
    ImageOps.mirror(Image.open(next((sample / "images").rglob("*.jpg"))).convert("RGB")).save(path)
    return path


def opened(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60)
    app.run()
    app.switch_page("../../../pages/try_one.py").run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.success, *app.error]
    values = [str(part.value) for part in parts] + [one.proto.body for one in app.get("html")]
    return "\n".join(values).replace("\\", "")


def test_a_picture_from_elsewhere_is_judged_added_and_counts(
    small: Project, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(small, monkeypatch)
    assert "Drop a picture to see" in texts(app)
    app.text_input(key="try-path").set_value(str(other)).run()
    assert "No image is labeled yet" in texts(app) and "added" in texts(app)
    assert app.button(key="try-add").disabled
    name = small.classes().names[0]
    app.selectbox(key="try-class").select(name).run()
    app.button(key="try-add").click().run()
    assert f"added/mirror.png added and labeled {name}; saved." in texts(app)
    until = time.monotonic() + 60
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    assert (small.workspace.images / "added/mirror.png").read_bytes() == other.read_bytes()
    snapshot = small.snapshot()
    row = snapshot.pool.rows[content_id(other.read_bytes())]
    assert len(snapshot) == 13 and snapshot.human[row] == 0
    app.run()
    assert f"It is added/mirror.png of this collection; people say it is {name}" in texts(app)


def test_tags_of_the_collection_stand_beside_the_answer(
    small: Project, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = small.workspace.vocabulary
    file.write_text(f"{file.read_text()}\ntags:\n  outdoors: a photo taken outdoors\n")
    app = opened(small, monkeypatch)
    app.text_input(key="try-path").set_value(str(other)).run()
    until = time.monotonic() + 60
    while "outdoors · " not in texts(app) and time.monotonic() < until:
        time.sleep(0.1)
        app.run()
    assert '<h4 class="wt-why">Tags</h4>' in texts(app) and "outdoors · " in texts(app)


def test_one_of_the_collection_is_labeled_and_undone(
    small: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(small, monkeypatch)
    path = small.pool().paths[3]
    app.text_input(key="try-path").set_value(path).run()
    assert f"It is {path} of this collection." in texts(app)
    app.selectbox(key="try-class").select_index(1).run()
    app.button(key="try-add").click().run()
    assert small.snapshot().human[3] == 1
    app.button(key="try-undo").click().run()
    assert small.snapshot().human[3] == -1
    app.button(key="try-random").click().run()
    assert "of this collection" in texts(app)
    assert not (small.workspace.images / "added").exists()


@pytest.mark.parametrize("typed", ["gone.jpg", "/nowhere/gone.jpg", "/etc/passwd"])
def test_what_is_no_picture_is_one_sentence(
    small: Project, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    app = opened(small, monkeypatch)
    app.text_input(key="try-path").set_value(typed).run()
    assert not app.exception and len(app.error) == 1
    assert "Drop a picture to see" in texts(app)


def test_a_model_file_judges_instead(
    small: Project, other: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "few.winnow"
    write(make_sorter(small.snapshot(), "few"), file)
    app = opened(small, monkeypatch)
    app.text_input(key="try-path").set_value(str(other)).run()
    app.button_group(key="try-by").set_value("A model file").run()
    assert "Name a model file on the left" in texts(app)
    app.text_input(key="try-file").set_value(str(tmp_path / "gone.winnow")).run()
    assert "There is no model file" in texts(app) and len(app.error) == 1
    app.text_input(key="try-file").set_value(str(file)).run()
    assert not app.error and "wt-bars" in texts(app)


def test_the_page_of_very_many_images_is_there_before_the_model_is_ready(
    small: Project, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MANY", 0)
    made = threading.Event()
    monkeypatch.setattr(judging, "_made", waiting(made, judging._made))
    app = opened(small, monkeypatch)
    assert "Drop a picture to see" in texts(app)  # though nothing answers yet
    made.set()
    app.text_input(key="try-path").set_value(str(other)).run()
    assert not app.exception and "wt-bars" in texts(app)


def waiting(for_it: threading.Event, make: Callable[..., Judge]) -> Callable[..., Judge]:
    """The same, once something has happened."""

    def late(*args: Any) -> Judge:
        assert for_it.wait(60)
        return make(*args)

    return late
