"""Elements of our own: every script is one module that a browser can read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from core.ui.widgets.mount import joined, styled

UI = Path(__file__).parents[3] / "core/ui"
ELEMENTS = sorted(
    script
    for style in UI.rglob("*.css")  # a sheet without a script is a part of others
    if "node_modules" not in style.parts and (script := style.with_suffix(".js")).exists()
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


def test_style_sheets_take_the_place_of_their_imports(tmp_path: Path) -> None:
    (tmp_path / "part.css").write_text(".b{}\n")
    (tmp_path / "a.css").write_text('@import "./part.css";\n.a{}\n')
    assert styled(tmp_path / "a.css") == ".b{}\n.a{}\n"
    assert all("@import" not in styled(script.with_suffix(".css")) for script in ELEMENTS)
    (tmp_path / "part.css").unlink()
    with pytest.raises(OSError, match=r"part\.css"):
        styled(tmp_path / "a.css")


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
