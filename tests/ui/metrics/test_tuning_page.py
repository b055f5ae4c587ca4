"""Tuning on the Metrics page: started, judged, and tuned encoders taken into use and given back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from adapters import random_adapter
from conftest import SAMPLE
from drawn import rerun, texts
from hosts import new_host
from rotated import RotatedEncoder, write_described
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.encoders.tuned import files
from core.encoders.tuned.files import Header
from core.project.project import Project
from core.services.data.caption_import import import_captions
from core.store.csv_tables import read_captions
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


def visit(app: AppTest) -> AppTest:
    app.default_timeout = 300  # other work of this process may be busy learning
    app.run()
    app.switch_page("../../../pages/metrics.py")
    app.session_state["metrics-view"] = "Captions"
    return rerun(app)


def finish(app: AppTest) -> AppTest:
    until = time.monotonic() + 200
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    return rerun(app)


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[AppTest, Project]:
    """The app on pictures whose captions an encoder can learn to read."""
    table = write_described(tmp_path / "pictures")
    encoder = RotatedEncoder()
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(encoder)
    embed(project.workspace, encoder)
    lines = table.read_text("utf-8").replace("path,colours,empty", "path,caption,empty")
    table.write_text(lines, "utf-8")
    import_captions(project.snapshot(), read_captions(table))
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    host.shared.encoders._loaded["rotated", host.shared.device] = encoder
    return AppTest.from_file(str(ENTRY), default_timeout=300), project


def test_a_tuning_is_started_judged_and_shown(described: tuple[AppTest, Project]) -> None:
    app, _ = described
    finish(visit(app))  # the captions are measured first
    app.text_input(key="tuning-name").set_value("mine")
    app.button(key="tuning-start").click()
    finish(rerun(app))
    assert "tuned:mine is kept." in texts(app), texts(app)
    tables = [frame.value for frame in app.dataframe if "difference" in frame.value]
    (table,) = tables
    assert len(table) == 16
    assert set(table["judged on"]) == {"test", "validation"}
    assert "General things" in texts(app)
    assert "Gained most, text → image" in texts(app)
    names = {button.label for button in app.get("download_button")}
    assert {"Table as CSV", "Table and curve as PNG"} <= names
    assert files.names() == ["mine"]
    (kept,) = (frame.value for frame in app.dataframe if "depth" in frame.value)
    assert list(kept["model"]) == ["tuned:mine"]
    assert all(" → " in kept[f"MRR {way}"][0] for way in ("text → image", "image → text"))
    assert {"Hand on"} <= names
    app.button(key="tuning-delete").click()
    rerun(app)
    assert files.names() == []


def test_few_captions_are_refused_in_a_sentence(app: AppTest, project: Project) -> None:
    import_captions(project.snapshot(), read_captions(SAMPLE / "captions.csv"))
    finish(visit(app))
    app.button(key="tuning-start").click()
    finish(rerun(app))
    assert "it takes about 133 groups" in texts(app)
    assert files.names() == []


def test_a_tuned_encoder_is_used_and_given_back(app: AppTest, project: Project) -> None:
    import_captions(project.snapshot(), read_captions(SAMPLE / "captions.csv"))
    base, vectors = project.encoder, project.pool().vectors
    adapter = random_adapter(vectors)
    header = Header(files.path_of("mine"), base.spec, base.identity, base.title, adapter.dim)
    files.save(adapter, header)
    before = project.workspace.encoder
    finish(visit(app))
    app.selectbox(key="tuning-use-starter").set_value("tuned:mine")
    rerun(app)
    app.button(key="tuning-switch").click()
    finish(rerun(app))
    active = project.workspace.encoder
    assert active is not None and active.spec == "tuned:mine"
    assert "The one in use cannot be removed" in texts(app)
    assert len(project.pool()) == len(vectors)
    assert project.captions(), "captions stay"
    app.button(key="tuning-back").click()
    finish(rerun(app))
    assert project.workspace.encoder == before
    files.remove("mine")
