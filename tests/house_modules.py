"""The modules of a tree, read for counting: their code, whom they import, and on which floor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

NOT_OURS = {"node_modules", "__pycache__"}

FLOORS = (
    {"runtime"},
    {"images", "encoders", "learn", "map"},
    {"store"},
    {"prompts"},
    {"tags", "search", "embedding", "export"},
    {"project"},
    {"services"},
    {"ui", "api"},
    {"cli"},
)
"""Folders of core/ from the ground up; a module imports its own folder and lower floors."""

UI_FLOORS = (
    {"widgets"},
    {"session"},
    {"shared"},
    {"data", "prompts", "clusters", "search", "tags", "label", "metrics", "export"},
    {"shell"},
)
"""The same within core/ui/."""


@dataclass(frozen=True)
class Module:
    """One file of ``core/`` or ``pages/``.

    Attributes:
        name: as it is imported; a package's is its folder's.
        path: relative to the root, with slashes.
    """

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def is_init(self) -> bool:
        """Whether it is a folder's ``__init__.py``."""
        return self.path.endswith("/__init__.py")

    @property
    def lines(self) -> int:
        """Lines of the file, blank ones counted."""
        return len(self.text.splitlines())

    def at(self, node: ast.AST) -> str:
        """Where a node stands."""
        return f"{self.path}:{getattr(node, 'lineno', 0)}"


def modules(root: Path) -> list[Module]:
    """All modules of ``core/`` and ``pages/`` below ``root``, sorted by path."""
    read = []
    for file in files(root, "core", "pages"):
        if file.suffix == ".py":
            path = file.relative_to(root)
            parts = path.parent.parts if file.name == "__init__.py" else path.with_suffix("").parts
            text = file.read_text(encoding="utf-8")
            read.append(Module(".".join(parts), path.as_posix(), text, ast.parse(text)))
    return read


def files(root: Path, *folders: str) -> Iterator[Path]:
    """The files below some folders of a tree, without what tools have put there."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and not NOT_OURS & set(file.parts):
                yield file


def imports_of(module: Module, names: set[str]) -> dict[str, int]:
    """The project's modules that one imports, anywhere in it, and the line of the first import."""
    lines: dict[str, int] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            whole = [f"{base}.{alias.name}" for alias in node.names]
            targets = [target if target in names else base for target in whole]
        else:
            continue
        for target in targets:
            if target in names and target != module.name:
                lines.setdefault(target, node.lineno)
    return lines


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    keep = len(parts) - node.level + module.is_init
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def circles(graph: dict[str, set[str]]) -> list[str]:
    """The groups of modules that each reach one another by imports, in words."""
    reached = {name: _reachable(graph, name) for name in graph} if _has_circle(graph) else {}
    groups = {
        frozenset(other for other in targets if name in reached[other])
        for name, targets in reached.items()
        if name in targets
    }
    return sorted(", ".join(sorted(group)) for group in groups)


def _has_circle(graph: dict[str, set[str]]) -> bool:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph[waiting.pop()] - seen:
            seen.add(target)
            waiting.append(target)
    return seen


def climbs(importer: str, imported: str) -> bool:
    """Whether an import goes up, or to a neighbour on the same floor."""
    one, other = importer.split("."), imported.split(".")
    if one[0] == "pages" or other[0] == "pages":
        return one[0] == "core"
    if len(one) < 2 or len(other) < 2:
        return False
    if one[1] != other[1]:
        return _higher(FLOORS, one[1], other[1])
    if one[1] != "ui" or len(one) < 3 or len(other) < 3 or one[2] == other[2]:
        return False
    return _higher(UI_FLOORS, one[2], other[2])


def _higher(floors: tuple[set[str], ...], importer: str, imported: str) -> bool:
    height = {name: number for number, floor in enumerate(floors) for name in floor}
    if importer not in height or imported not in height:
        return False
    return height[imported] >= height[importer]
