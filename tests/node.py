"""Scripts of the app in node, as a test runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.widgets.mount import joined


def checked(script: Path, checks: Path, folder: Path) -> None:
    """Run `checks` in node, which finds the address of `script` in SCRIPT; all of them must pass.

    The test is skipped where there is no node. folder: for the script with what it imports.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node found to run the script in")
    module = folder / f"{script.stem}.mjs"  # a name by which node knows a module
    module.write_text(joined(script), "utf-8")
    run = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(checks)],
        env=os.environ | {"SCRIPT": module.as_uri()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    count = len(re.findall(r"^test\(", checks.read_text("utf-8"), re.MULTILINE))
    assert f"# pass {count}" in said.splitlines(), said
