"""What the app exports says the same of itself as what the command line exports."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import cli
from core.encoders import registry
from core.project.project import Project
from core.services.export.measuring import calibration_of, measure
from core.services.metrics.comparison import against_audit
from core.services.predict.predicting import predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.session import host

LABELED, AUDITED = 36, 24


def label(project: Project, sample: Path, audited: int) -> None:
    """True labels for audit images and for others."""
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    order = snapshot.audit_order
    rows = [*order[:audited], *order[-(LABELED - audited) :]]
    ids, paths = snapshot.pool.ids, snapshot.pool.paths
    project.labels.add([Event(ids[row], truth[paths[row]]) for row in rows], "ann", "test")


def from_app(app: AppTest, out: Path) -> Path:
    app.run()
    app.switch_page("../../../pages/export.py").run()
    app.text_input(key="export-out").set_value(str(out)).run()
    until = time.monotonic() + 120
    while not any(button.key == "write" for button in app.button) and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    app.button(key="write").click().run()
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    assert not app.exception, [error.value for error in app.exception]
    return out


def from_command_line(project: Project, out: Path) -> Path:
    workspace = project.workspace
    words = ["run", str(workspace.images), str(out), "--workspace", str(workspace.root), "-q"]
    with pytest.raises(SystemExit, match="0"):
        cli.main(words)
    return out


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return content


def report(folder: Path, name: str) -> str:
    """A report without what must differ: the time and the command."""
    text = (folder / name).read_text()
    text = re.sub(r"(?m)^(When|Command) .*\n", "", text)
    text = re.sub(r"\s*<dt>Command</dt><dd>.*?</dd>", "", text, flags=re.S)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:+]+", "", text)


@pytest.mark.parametrize("audited", [AUDITED, 4])
def test_app_and_command_line_agree(
    app: AppTest,
    project: Project,
    sample: Path,
    starter,
    tmp_path: Path,
    audited: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "load_encoder", lambda *_, **__: starter)
    label(project, sample, audited)
    ours = from_app(app, tmp_path / "a" / "sorted")
    theirs = from_command_line(project, tmp_path / "b" / "sorted")
    assert (ours / "metadata.json").read_bytes() == (theirs / "metadata.json").read_bytes()
    for key in ("metrics", "metrics_basis", "calibration", "caveats", "options", "labels"):
        assert manifest(ours)[key] == manifest(theirs)[key], key
    for name in ("report.txt", "report.html"):
        assert report(ours, name) == report(theirs, name)
    content, text = manifest(ours), report(ours, "report.txt")
    if audited == AUDITED:
        assert content["metrics"]["n"] == AUDITED
        assert content["calibration"]["audit_images"] == AUDITED
        assert "not calibrated" not in text
        assert f"Measured on {AUDITED} random images, with models that did not see" in text
        assert f"on {AUDITED} random images, temperature" in report(ours, "report.html")
        assert not any("calibrated" in caveat for caveat in content["caveats"])
    else:
        assert content["metrics"] is None and content["calibration"] is None
        assert "Probabilities are not calibrated" in text


def test_the_figures_are_those_of_the_metrics_page(project: Project, sample: Path) -> None:

    label(project, sample, AUDITED)
    predictions = predict(project.snapshot())
    measured = measure(predictions, None)
    assert measured is not None
    assert measured.metrics == against_audit(predictions).evaluation.as_json()
    assert calibration_of(predictions) == {
        "temperature": predictions.temperature,
        "audit_images": AUDITED,
    }
    assert predictions.temperature != 1.0 and np.isfinite(predictions.temperature)
