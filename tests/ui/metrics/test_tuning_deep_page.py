"""Layers of an open_clip model tuned from the Metrics page, and the tuned model taken into use."""

from __future__ import annotations

import time
from pathlib import Path

import banded
import pytest
from drawn import rerun, texts
from encoders.conftest import save_tiny
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.embedding.run import embed
from core.encoders.registry import load_encoder
from core.encoders.tuned import files
from core.project.project import Project
from core.services.data.caption_import import import_captions
from core.store.csv_tables import read_captions
from core.ui.session import host

ENTRY = Path(__file__).parents[3] / "core/ui/shell/app.py"


def finish(app: AppTest) -> AppTest:
    until = time.monotonic() + 200
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.05)
    return rerun(app)


def test_layers_are_tuned_and_the_result_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny(tmp_path / "tiny")
    table = banded.write(tmp_path / "pictures", 220)
    encoder = load_encoder(f"local:{tmp_path / 'tiny'}", "cpu")
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(encoder)
    embed(project.workspace, encoder)
    import_captions(project.snapshot(), read_captions(table))
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=300)
    app.run()
    app.switch_page("../../../pages/metrics.py")
    app.session_state["metrics-view"] = "Captions"
    finish(rerun(app))
    app.text_input(key="tuning-name").set_value("deep")
    app.segmented_control(key="tuning-depth").set_value("lora")
    app.button(key="tuning-start").click()
    finish(rerun(app))
    assert "tuned:deep is kept." in texts(app), texts(app)
    assert files.read_header(files.path_of("deep")).lora
    app.selectbox(key=f"tuning-use-{encoder.spec}").set_value("tuned:deep")
    rerun(app)
    app.button(key="tuning-switch").click()
    finish(rerun(app))
    active = project.workspace.encoder
    assert active is not None and active.spec == "tuned:deep"
    assert project.captions(), "captions stay"
    files.remove("deep")


def test_two_models_are_judged_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = banded.write(tmp_path / "pictures", 120)
    for seed in (0, 1):
        save_tiny(tmp_path / f"tiny-{seed}", seed)
        encoder = load_encoder(f"local:{tmp_path / f'tiny-{seed}'}", "cpu")
        project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(encoder)
        embed(project.workspace, encoder)
    import_captions(project.snapshot(), read_captions(table))
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    app = AppTest.from_file(str(ENTRY), default_timeout=300)
    app.run()
    app.switch_page("../../../pages/metrics.py")
    app.session_state["metrics-view"] = "Captions"
    finish(rerun(app))
    assert not [button for button in app.button if button.key == "blend-start"]
    app.session_state["retrieval-models"] = project.workspace.encoders()
    finish(rerun(app))
    finish(rerun(app))
    app.button(key="blend-start").click()
    finish(rerun(app))
    (frame,) = [frame.value for frame in app.dataframe if "both" in frame.value]
    assert len(frame) == 8
    assert "Judged on the half of the captions that did not choose this" in texts(app)
