"""The limits that the house is built to; ``python tests/house.py --where`` names the places."""

from __future__ import annotations

import re
from pathlib import Path

import house
from house_modules import modules

ARCHITECTURE = house.REPOSITORY / "ARCHITECTURE.md"


def test_the_house_stays_within_its_limits() -> None:
    broken = [
        "\n    ".join([f"{figure.what}: {figure.value:g}, not {figure.rule}", *figure.places[:20]])
        for figure in house.figures()
        if not figure.holds
    ]
    assert not broken, "\n".join(["", *broken])


def test_every_folder_of_core_is_named_in_the_architecture() -> None:
    named = _folders_named(ARCHITECTURE.read_text(encoding="utf-8"))
    folders = {Path(module.path).parent.as_posix() for module in modules(house.REPOSITORY)}
    absent = sorted(folder for folder in folders - named if folder.startswith("core"))
    assert not absent, f"ARCHITECTURE.md does not name {', '.join(absent)}"


def _folders_named(text: str) -> set[str]:
    """Folders written as whole paths (``core/ui/label``) or in a tree.

    There a folder ends in a slash and stands indented below its own, or behind it in its line.
    """
    named = set(re.findall(r"\bcore(?:/\w+)*", text))
    above: list[tuple[int, str]] = [(-1, "")]
    for line in text.splitlines():
        entry = re.match(r"([\s│├└─]*)((?:[\w/]+/\s+)*[\w/]+/)(?:\s|$)", line)
        if entry is None:
            continue
        while above[-1][0] >= len(entry[1]):
            above.pop()
        first, *within = entry[2].split()
        folder = above[-1][1] + first
        named.update(path.rstrip("/") for path in (folder, *(folder + name for name in within)))
        above.append((len(entry[1]), folder))
    return named


def test_folders_are_named_by_path_or_in_a_tree() -> None:
    text = """
    core/
      runtime/   errors
      services/  data/ label/
      ui/        by page
        shell/
    pages/       thin
    `core/store/labels` holds them.
    """
    services = {"core/services", "core/services/data", "core/services/label"}
    named = {"core", "core/runtime", "core/ui", "core/ui/shell", "pages", "core/store/labels"}
    assert _folders_named(text) == named | services


def test_counts_of_a_small_tree(tmp_path: Path) -> None:
    files = {
        "core/__init__.py": "",
        "core/loose.py": "from core.store import one\n",
        "core/store/__init__.py": "",
        "core/store/one.py": "def said(project, _known=1):\n    from . import two\n",
        "core/store/two.py": "from core.store.one import said as told\nfrom core.ui.x import y\n",
        "core/ui/__init__.py": "",
        "core/ui/x.py": 'st.session_state["a"]\nst.button(key=f"b{i}")\n# unlabelled\n',
        "pages/label.py": "\n" * 61,
    }
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    values = {figure.what: figure.value for figure in house.figures(tmp_path)}
    assert values == {
        "modules at the root of core/": 1,
        "modules in the fullest folder": 2,
        "functions that take project": 1,
        "circles among modules": 1,
        "imports upward or of a neighbour": 1,
        "public docstrings, %": 0,
        "lines of a function, p90": 2,
        "longest module of core/, lines": 3,
        "longest page, lines": 61,
        "names that name nothing": 3,
        "“labelled” instead of “labeled”": 1,
        "raw keys of the session state": 1,
    }
