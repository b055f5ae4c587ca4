"""The log of answers: what a browser may send, and the browser's part of it in node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.shared import answer_log
from core.ui.widgets import mount

SCRIPT = Path(answer_log.__file__).with_suffix(".js")
ID = "0123456789abcdef" * 2


@pytest.mark.parametrize("log", [None, 7, "text", {"seq": 1, "id": ID}])
def test_what_is_no_log_has_no_entries(log: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount, "value", lambda key, name: log)
    assert answer_log.entries("element") == []


def test_entries_without_a_number_or_an_image_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = [{"seq": 1, "id": ID, "more": [1]}, {"seq": 2, "id": ID}]
    bad = [
        None, 7, [], {}, {"seq": "1", "id": ID}, {"seq": 1.5, "id": ID}, {"seq": 3},
        {"seq": 3, "id": 7}, {"seq": 3, "id": "../../etc"}, {"seq": 3, "id": ID[:-1]},
    ]  # fmt: skip
    monkeypatch.setattr(mount, "value", lambda key, name: [good[0], *bad, good[1]])
    assert answer_log.entries("element") == good


def test_the_log_in_the_browser(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node found to run the script in")
    module = tmp_path / "answer_log.mjs"  # a name by which node knows a module
    module.write_text(SCRIPT.read_text("utf-8"), "utf-8")
    run = subprocess.run(
        [node, str(Path(__file__).with_name("answer_log.mjs"))],
        env=os.environ | {"ANSWER_LOG": module.as_uri()},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
