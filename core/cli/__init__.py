"""The command line: ``winnow …``. Arguments in, one call into the project, a result out.

One module a command, named as the command is; a start of ``winnow`` imports that of the command
that is called, and all for the help. What is slow to import and not always needed (SciPy, DuckDB,
Streamlit, Jinja2) is imported within the command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_group
from typer.models import CommandInfo

from core.cli.shared.options import app as registered
from core.cli.shared.person import person
from core.cli.shared.streams import prepare
from core.cli.shared.terminal import Terminal
from core.cli.shared.words import with_values
from core.runtime.acting import Actor, acting
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled

__all__ = ["commands", "main"]

_COMMANDS = {
    "app": ("app",),
    "models": ("models",),
    "embed": ("embed",),
    "run": ("run",),
    "replay": ("replay",),
    "evaluate": ("evaluate",),
    "simulate": ("simulate",),
    "tag": ("tag",),
    "query": ("query",),
    "search": ("search",),
    "evaluate-retrieval": ("evaluate_retrieval",),
    "labels": ("labels", "restore", "records.copy", "records.from_export"),
    "report": ("records.report",),
    "questions": ("questions",),
    "people": ("people.roles", "people.log", "people.agreement"),
    "metadata": ("words.metadata", "words.duplicates"),
    "ablate": ("words.ablate",),
    "try": ("words.try_one",),
    "tune": ("words.tune",),
    "runs": ("records.runs",),
    "model": ("sorter.model",),
    "classify": ("sorter.classify",),
    "changed": ("sorter.changed",),
    "deliver": ("sorter.deliver",),
    "serve": ("sorter.serve",),
}
"""Each command and the modules that register it when imported, in the order of the help."""


def commands(words: Sequence[str] = ()) -> TyperGroup:
    """The commands that some words may mean: all, or the only one that they begin with.

    Only what is asked for is imported and put together: all of it takes seconds.
    """
    name = words[0] if words else ""
    names = [name] if name in _COMMANDS else list(_COMMANDS)
    for module in (module for name in names for module in _COMMANDS[name]):
        import_module(f"core.cli.{module}")
    some = Typer(rich_markup_mode=None)
    some.info = registered.info
    single = {_name(one): one for one in registered.registered_commands}
    groups = {one.name: one for one in registered.registered_groups}
    some.registered_commands = [single[name] for name in names if name in single]
    some.registered_groups = [groups[name] for name in names if name in groups]
    return get_group(some)


def _name(command: CommandInfo) -> str:
    """What a command is called."""
    return command.name or str(getattr(command.callback, "__name__", ""))


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry of the console command; every expected failure is one sentence and exit code 2."""
    prepare()
    words = with_values(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal(as_json="--json" in words)
    try:
        with acting(Actor(person(), local=True)):
            commands(words)(words)
    except WinnowError as error:
        terminal.error(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, Cancelled):
        terminal.note("Stopped; what was finished is kept, the same command goes on from there.")
        sys.exit(130)
