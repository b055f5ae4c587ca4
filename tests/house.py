"""Counts how the house is built: ``python tests/house.py [ROOT] [--where]`` prints a table.

Works on every tree with a folder ``core/`` and, perhaps, ``pages/``, so that two states of the
project can be compared. ``test_house.py`` holds this tree to the limits named here.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from house_modules import Module, circles, climbs, files, imports_of, modules

REPOSITORY = Path(__file__).parents[1]
FORBIDDEN_NAMES = {"said", "told", "given", "known", "kept", "chosen", "found"}
TEXT_ENDINGS = {".py", ".js", ".ts", ".css", ".html", ".md", ".toml"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Figure:
    """One count.

    Attributes:
        limit: what it may be, ``least`` tells whether at least or at most; None for no limit.
        places: what was counted, for whoever wants to mend it.
    """

    what: str
    value: float
    limit: float | None = None
    least: bool = False
    places: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the value is within the limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def rule(self) -> str:
        """The limit as text."""
        return "" if self.limit is None else f"{'≥' if self.least else '≤'} {self.limit:g}"


def figures(root: Path = REPOSITORY) -> list[Figure]:
    """Every count of the tree at ``root``, with its limit."""
    everything = modules(root)
    core = [module for module in everything if module.name.startswith("core")]
    pages = [module for module in everything if module.name.startswith("pages")]
    names = {module.name for module in everything}
    imports = {module.name: imports_of(module, names) for module in everything}
    knots = circles({name: set(targets) for name, targets in imports.items()})
    return [
        _loose(core),
        _fullest_folder(core),
        _takers_of_project(everything),
        Figure("circles among modules", len(knots), 0, places=knots),
        _upward(everything, imports),
        _documented(everything),
        _function_length(everything),
        _longest("longest module of core/, lines", core, 350),
        _longest("longest page, lines", pages, 60),
        _forbidden_names(everything),
        _misspelled(root),
        _raw_session_keys(everything),
    ]


def _loose(core: list[Module]) -> Figure:
    places = [module.path for module in core if module.path.count("/") == 1 and not module.is_init]
    return Figure("modules at the root of core/", len(places), 0, places=places)


def _fullest_folder(core: list[Module]) -> Figure:
    counts: dict[str, int] = defaultdict(int)
    for module in core:
        if not module.is_init and module.path.count("/") > 1:
            counts[module.path.rpartition("/")[0]] += 1
    places = [f"{folder}: {n}" for folder, n in sorted(counts.items(), key=lambda item: -item[1])]
    return Figure("modules in the fullest folder", max(counts.values()), 16, places=places[:5])


def _functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def _parameters(function: Function) -> list[ast.arg]:
    a = function.args
    starred = [arg for arg in (a.vararg, a.kwarg) if arg is not None]
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *starred]


def _takers_of_project(everything: list[Module]) -> Figure:
    places = [
        f"{module.at(function)} {function.name}"
        for module in everything
        for function in _functions(module)
        if any(parameter.arg == "project" for parameter in _parameters(function))
    ]
    return Figure("functions that take project", len(places), 60, places=places)


def _upward(everything: list[Module], imports: dict[str, dict[str, int]]) -> Figure:
    """Imports of a higher floor or of a neighbour on the same one; loose modules have no floor."""
    places = [
        f"{module.path}:{line} imports {target}"
        for module in everything
        for target, line in imports[module.name].items()
        if climbs(module.name, target)
    ]
    return Figure("imports upward or of a neighbour", len(places), 0, places=places)


def _documented(everything: list[Module]) -> Figure:
    """The share of public functions, classes and methods that have a docstring, in percent."""
    public = [(module, node) for module in everything for node in _public(module.tree)]
    places = [
        f"{module.at(node)} {node.name}" for module, node in public if not ast.get_docstring(node)
    ]
    share = 100 * (1 - len(places) / max(1, len(public)))
    return Figure("public docstrings, %", share, 95, least=True, places=places)


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in parent.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            if not marks & {"overload", "setter", "deleter"}:
                yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _function_length(everything: list[Module]) -> Figure:
    """The length that nine functions in ten do not exceed, from ``def`` to their last line."""
    lengths = sorted(
        ((function.end_lineno or 0) - function.lineno + 1, f"{module.at(function)} {function.name}")
        for module in everything
        for function in _functions(module)
    )
    places = [f"{place}: {length}" for length, place in reversed(lengths[-20:])]
    p90 = lengths[ceil(0.9 * len(lengths)) - 1][0]
    return Figure("lines of a function, p90", p90, 30, places=places)


def _longest(what: str, some: list[Module], limit: int) -> Figure:
    ordered = sorted(some, key=lambda module: -module.lines)
    places = [f"{module.path}: {module.lines}" for module in ordered if module.lines > limit]
    return Figure(what, ordered[0].lines if ordered else 0, limit, places=places)


def _forbidden_names(everything: list[Module]) -> Figure:
    """Variables, parameters, functions, attributes and aliases that are called nothing."""
    places = [
        f"{module.at(node)} {name}"
        for module in everything
        for node in ast.walk(module.tree)
        for name in _names(node)
        if name.strip("_").lower() in FORBIDDEN_NAMES
    ]
    return Figure("names that name nothing", len(places), 0, places=places)


def _names(node: ast.AST) -> list[str]:
    """The names that a node gives to something."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return [name] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [node.asname] if node.asname else []
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name] if node.name else []
    return []


def _misspelled(root: Path) -> Figure:
    texts = [file for file in files(root, "core", "pages", "docs") if file.suffix in TEXT_ENDINGS]
    texts += [file for file in (root / "README.md",) if file.is_file()]
    places = [
        f"{file.relative_to(root).as_posix()}:{number}"
        for file in texts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for _ in range(line.lower().count("labelled"))
    ]
    return Figure("“labelled” instead of “labeled”", len(places), 0, places=places)


def _raw_session_keys(everything: list[Module]) -> Figure:
    """Reads and writes of the session state under a key written on the spot.

    A widget's key may be: nobody else needs it, else it would be read here.
    """
    places = [
        module.at(node)
        for module in everything
        if not module.path.endswith("/state.py")
        for node in ast.walk(module.tree)
        if any(_is_written_out(key) for key in _session_keys(node))
    ]
    return Figure("raw keys of the session state", len(places), 0, places=places)


def _session_keys(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Subscript) and _is_state(node.value):
        return [node.slice]
    if isinstance(node, ast.Compare) and _is_state(node.comparators[0]):
        return [node.left]
    if not isinstance(node, ast.Call):
        return []
    if isinstance(node.func, ast.Attribute) and _is_state(node.func.value):
        return node.args[:1]
    return []


def _is_state(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name == "session_state"


def _is_written_out(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def show(counts: list[Figure], where: bool, write: Callable[[str], object]) -> None:
    """The table, line by line; ``where`` adds what was counted where a limit is passed."""
    for figure in counts:
        mark = "" if figure.holds else "  too many" if not figure.least else "  too few"
        write(f"{figure.what:<36} {figure.value:>7.4g}  {figure.rule:<6}{mark}".rstrip())
        if where and (not figure.holds or figure.limit is None):
            for place in figure.places:
                write(f"    {place}")


if __name__ == "__main__":
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    show(figures(Path(named[0]) if named else REPOSITORY), "--where" in sys.argv, print)
