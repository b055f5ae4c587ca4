"""Every page while images are still being embedded: it works on what is there, and says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn import texts
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.embedding import keeping
from core.embedding.run import embed
from core.project import collection
from core.project.project import Project
from core.runtime.background import Task
from core.services.prompts.classes import use_folder_vocabulary
from core.store.catalog import read_catalog, to_frame, to_rows, write_catalog
from core.store.labels.base import Event
from core.ui.session import host, tasks

ENTRY = Path(__file__).parents[2] / "core/ui/shell/app.py"
PAGES = ("data", "prompts", "clusters", "search", "tags", "label", "metrics", "export")


class Slow:
    """The starter, which takes its time with every batch."""

    def __init__(self, encoder, seconds: float) -> None:
        self._encoder = encoder
        self._seconds = seconds

    def __getattr__(self, name: str):
        return getattr(self._encoder, name)

    def encode_images(self, *args, **kwargs) -> np.ndarray:
        time.sleep(self._seconds)
        return self._encoder.encode_images(*args, **kwargs)


@pytest.fixture
def growing(
    sample: Path, starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Project, Task]]:
    """A project whose 60 images are embedded in the background, each in the catalog at once."""
    for name, value in (("GROUP", 1), ("FIRST_SECONDS", 0.0), ("CATALOG_SECONDS", 0.0)):
        monkeypatch.setattr(keeping, name, value)
    monkeypatch.setattr(keeping, "CATALOG_SHARE", 1e9)
    project = Project.open(sample, tmp_path / "growing").use(starter)
    use_folder_vocabulary(project.workspace, project.vocabulary_file)
    server = new_host(first=project.workspace.root)
    monkeypatch.setattr(host, "shared", server)
    task = tasks.start(
        tasks.EMBED, project.workspace.collection.key, "Embedding",
        lambda report: embed(project.workspace, Slow(starter, 0.3), report, batch_size=1),
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(project.pool()) < 12 and time.monotonic() < until:
        time.sleep(0.02)
    yield project, task
    task.cancel()
    task.wait(60)


def test_pages_while_images_are_embedded(growing: tuple[Project, Task]) -> None:
    project, task = growing
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    looks, names = 0, project.classes().names
    while task.running:
        app.switch_page(f"../../../pages/{PAGES[looks % len(PAGES)]}.py").run()
        assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
        assert not app.error, [e.value for e in app.error]
        if task.running:
            assert "of 60 images so far**: the others are being embedded" in texts(app)
        ids = project.pool().ids
        project.labels.add([Event(ids[looks % len(ids)], names[looks % 2])], "tester", "test")
        looks += 1
    assert looks >= 3
    assert len(project.pool()) == 60
    app.run()
    assert "images so far" not in texts(app)


@pytest.fixture
def unfolding(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in which each single look at the collection finds one more image than the last."""
    workspace = project.workspace
    rows = to_rows(read_catalog(workspace.catalog))
    count = 20
    look = collection.pool_version

    def one_more(of) -> str:
        nonlocal count
        count = min(count + 1, len(rows))
        write_catalog(workspace.catalog, to_frame(rows[:count]))
        return look(of)

    ids = [row.id for row in rows]
    names = project.classes().names
    events = [Event(i, names[n % 2]) for n, i in enumerate(ids[:18]) if i is not None]
    project.labels.add(events, "tester", "test")
    monkeypatch.setattr(collection, "pool_version", one_more)
    return project


@pytest.mark.parametrize("page", PAGES)
def test_a_page_whose_every_look_finds_more(
    page: str, unfolding: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "shared", new_host(first=unfolding.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    for _ in range(2):
        app.switch_page(f"../../../pages/{page}.py").run()
        assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
        assert not app.error, [e.value for e in app.error]


def test_what_was_stopped_is_said_and_the_rest_works(project: Project, app: AppTest) -> None:
    workspace = project.workspace
    rows = to_rows(read_catalog(workspace.catalog))
    write_catalog(workspace.catalog, to_frame(rows[:25]))
    app.run()
    app.switch_page("../../../pages/export.py").run()
    assert "**25 of 60 images so far**: the others are not embedded yet" in texts(app)
    assert not app.exception


def test_that_no_image_was_read_is_said_only_while_it_is_so(
    sample: Path, starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(sample, tmp_path / "first").use(starter)
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert "No image has been read yet" in texts(app)
    task = tasks.start(
        tasks.EMBED, project.workspace.collection.key, "Embedding",
        lambda report: embed(project.workspace, Slow(starter, 0.2), report, batch_size=1),
    )  # fmt: skip
    until = time.monotonic() + 60
    while not project.pool().waiting and time.monotonic() < until:
        time.sleep(0.02)
    app.run()
    assert "No image has been read yet" not in texts(app)
    assert "0 of 60 images so far**: the first ones are being embedded" in texts(app)
    app.switch_page("../../../pages/label.py").run()
    assert "The first images are being embedded" in texts(app)
    task.cancel()
    task.wait(60)
    assert not app.exception
