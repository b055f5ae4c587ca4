"""What keys mean while labeling: ``choices.js``, in node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.label import labeler


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_keys_are_never_ambiguous(tmp_path: Path) -> None:
    script = tmp_path / "choices.mjs"  # a name by which node knows a module
    shutil.copy(Path(labeler.__file__).with_name("choices.js"), script)
    outcome = subprocess.run(
        ["node", "--test", Path(__file__).with_name("choices.mjs")],
        env=os.environ | {"SCRIPT": script.as_uri()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "pass 11" in outcome.stdout, outcome.stdout
