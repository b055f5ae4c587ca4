"""What goes on where an element is drawn anew: ``visit.js``, in node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.label import labeler
from core.ui.widgets.mount import joined


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_no_key_is_lost_and_none_means_another_picture(tmp_path: Path) -> None:
    script = tmp_path / "visit.mjs"  # a name by which node knows a module
    script.write_text(joined(Path(labeler.__file__).with_name("visit.js")))
    outcome = subprocess.run(
        ["node", "--test", Path(__file__).with_name("visit.mjs")],
        env=os.environ | {"SCRIPT": script.as_uri()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "pass 5" in outcome.stdout, outcome.stdout
