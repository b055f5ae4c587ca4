"""The Export page promises what the command line promises, and writes the same."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import cli
from core.encoders import registry
from core.project.project import Project
from core.services.export.promises import signing
from core.services.predict.predicting import predict
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.ui.export import promises
from core.ui.session import host


def label_audit(project: Project, sample: Path, count: int) -> None:
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    ids, paths = snapshot.pool.ids, snapshot.pool.paths
    rows = snapshot.audit_order[:count].tolist()
    project.labels.add([Event(ids[r], truth[paths[r]]) for r in rows], "ann", "test")


def written(app: AppTest, out: Path) -> dict[str, Any]:
    """Write what the page plans; the manifest."""
    app.text_input(key="export-out").set_value(str(out)).run()
    until = time.monotonic() + 120
    while not any(button.key == "write" for button in app.button) and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    app.button(key="write").click().run()
    while host.shared.board.running() and time.monotonic() < until:
        time.sleep(0.1)
    assert not app.exception, [error.value for error in app.exception]
    return manifest(out)


def same_files(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether two manifests put the same images into the same folders for the same reasons.

    Probabilities are the same but for the last digit that is written: how many threads a product
    of matrices had changes its last bits.
    """
    assert [one["probability"] for one in ours["files"]] == pytest.approx(
        [one["probability"] for one in theirs["files"]], abs=2e-6
    )
    without = [
        [{**one, "probability": None} for one in manifest["files"]] for manifest in (ours, theirs)
    ]
    return without[0] == without[1]


def shown(app: AppTest, there: Callable[[], bool]) -> None:
    """Wait until the page shows something that follows from what is learned."""
    until = time.monotonic() + 120
    while not there():
        assert time.monotonic() < until
        time.sleep(0.2)
        app.run()


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return content


def run(project: Project, out: Path, *words: str) -> dict[str, Any]:
    """The same from the command line; the manifest."""
    place = project.workspace
    with pytest.raises(SystemExit, match="0"):
        cli.main(["run", str(place.images), str(out), "--workspace", str(place.root), "-q", *words])
    return manifest(out)


def opened(app: AppTest, kind: str) -> None:
    app.run()
    app.session_state["command-open"] = True  # unfolded
    app.switch_page("../../../pages/export.py").run()
    app.selectbox(key="promise-kind").set_value(kind).run()


def test_page_and_command_line_promise_the_same(
    app: AppTest, project: Project, sample: Path, starter: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(registry, "load_encoder", lambda *_, **__: starter)
    label_audit(project, sample, 40)
    opened(app, promises.ALL)
    app.number_input(key="promise-level").set_value(60.0).run()
    assert any("60 %" in box.value for box in app.success)
    assert any("--precision 0.6" in code.value for code in app.code)
    ours = written(app, tmp_path / "ours")
    theirs = run(project, tmp_path / "theirs", "--precision", "0.6")
    one, other = ours["options"]["promise"], theirs["options"]["promise"]
    # The second lists what the first one wrote and it would not; here that is nothing.
    assert one == other
    assert one["kept"] and same_files(ours, theirs)
    assert sum(entry["review"] for entry in ours["files"]) == one["review"]


def test_few_of_a_class_are_missed_and_a_stricter_promise_withdraws(
    app: AppTest, project: Project, sample: Path, starter: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(registry, "load_encoder", lambda *_, **__: starter)
    label_audit(project, sample, 45)
    snapshot = project.snapshot()
    counts = np.bincount(snapshot.human[snapshot.human >= 0])
    name = snapshot.names[int(counts.argmax())]
    opened(app, promises.FEW_MISSED)
    assert not app.success, "nothing is asked for yet"
    app.multiselect(key="promise-found").set_value([name]).run()
    app.number_input(key=f"promise-found-of-{name}").set_value(75.0).run()
    assert any("or in review/" in box.value for box in app.success)
    shown(app, lambda: any(f"--recall {name}=0.75" in code.value for code in app.code))
    ours = written(app, tmp_path / "ours")
    theirs = run(project, tmp_path / "theirs", "--recall", f"{name}=0.75")
    assert ours["options"]["promise"] == theirs["options"]["promise"]
    assert same_files(ours, theirs)
    # Stricter, and nothing can be promised: what was sorted is taken back, and said so beforehand.
    app.selectbox(key="promise-kind").set_value(promises.ALL).run()
    app.number_input(key="promise-level").set_value(99.9).run()
    shown(app, lambda: any("exports go to review now" in box.label for box in app.expander))
    stricter = run(project, tmp_path / "strict", "--precision", "0.999")
    back = {one["path"] for one in stricter["options"]["promise"]["withdrawn"]}
    machine = {one["path"] for one in ours["files"] if one["source"] != "human"}
    assert back == {one["path"] for one in ours["files"] if not one["review"]} & machine != set()
    assert any("Withdrawn" in line for line in stricter["options"]["promise"]["words"])


def test_signed_folders_and_prices_are_the_same_too(
    app: AppTest, project: Project, starter: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "load_encoder", lambda *_, **__: starter)
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    name = predictions.names[int(predictions.assigned[0])]
    folder = signing.begin(snapshot, predictions, name, 0.5)
    project.labels.add([Event(i, name) for i in folder.ids], "ann", signing.SOURCE)
    opened(app, promises.FOLDERS)
    assert any("signed at 50 %" in box.value for box in app.success)
    ours = written(app, tmp_path / "ours")
    theirs = run(project, tmp_path / "theirs", "--signed")
    assert same_files(ours, theirs)
    assert ours["options"]["promise"] == theirs["options"]["promise"]
    app.selectbox(key="promise-kind").set_value(promises.PRICES).run()
    assert not app.exception
    assert any("cost" in box.value for box in app.info)
