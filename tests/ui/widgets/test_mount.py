"""Elements of our own: every script is one module that a browser can read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.widgets.mount import joined

UI = Path(__file__).parents[3] / "core/ui"
ELEMENTS = sorted(
    style.with_suffix(".js") for style in UI.rglob("*.css") if "node_modules" not in style.parts
)


def test_imports_are_joined_in_front_each_once(tmp_path: Path) -> None:
    (tmp_path / "base.js").write_text("export const one = 1;\n")
    (tmp_path / "log.js").write_text(
        'import { one } from "./base.js";\nexport const two = one + 1;\n'
    )
    inner = tmp_path / "page"
    inner.mkdir()
    (inner / "element.js").write_text(
        'import { two } from "../log.js";\nimport { one } from "../base.js";\n'
        "export default () => one + two;\n"
    )
    text = joined(inner / "element.js")
    assert [line for line in text.splitlines() if line] == [
        "export const one = 1;",
        "export const two = one + 1;",
        "export default () => one + two;",
    ]


def test_files_that_import_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 2;\n')
    assert joined(tmp_path / "a.js").split() == [
        "export",
        "const",
        "b",
        "=",
        "2;",
        "export",
        "const",
        "a",
        "=",
        "1;",
    ]


def test_a_missing_import_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    with pytest.raises(OSError, match=r"b\.js"):
        joined(tmp_path / "a.js")


@pytest.mark.parametrize("script", ELEMENTS, ids=lambda script: script.stem)
def test_every_element_is_one_module(script: Path, tmp_path: Path) -> None:
    text = joined(script)
    assert 'from "./' not in text
    assert 'from "../' not in text
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node found to read the script with")
    module = tmp_path / "element.mjs"
    module.write_text(text, "utf-8")
    check = "process.exit(typeof element.default === 'function' ? 0 : 1)"
    loads = f"import('{module.as_uri()}').then((element) => {{ {check} }})"
    # The map's library looks for a browser as soon as it is loaded.
    command = ["--check", str(module)] if script.stem == "map" else ["--eval", loads]
    run = subprocess.run([node, *command], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
