"""The command line: ``winnow …``. Arguments in, one call into the project, a result out.

One module a command, named as the command is. Every start of ``winnow`` imports all of them, so
what is slow to import (SciPy, DuckDB, Streamlit, Jinja2) is imported within the command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from core.cli.shared.options import app as commands
from core.cli.shared.person import person
from core.cli.shared.streams import prepare
from core.cli.shared.terminal import Terminal
from core.cli.shared.words import with_values
from core.runtime.acting import Actor, acting
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled

__all__ = ["main"]

# Importing a module registers its command; the order is that of the help.
for _name in (
    "app",
    "models",
    "embed",
    "run",
    "replay",
    "evaluate",
    "simulate",
    "tag",
    "query",
    "search",
    "evaluate_retrieval",
    "labels",
    "restore",
    "records.copy",
    "records.from_export",
    "records.report",
    "questions",
    "people.roles",
    "people.log",
    "people.agreement",
    "words.metadata",
    "words.duplicates",
    "words.ablate",
    "words.try_one",
    "words.tune",
    "records.runs",
    "sorter.model",
    "sorter.classify",
    "sorter.changed",
    "sorter.deliver",
    "sorter.serve",
):
    import_module(f"core.cli.{_name}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry of the console command; every expected failure is one sentence and exit code 2."""
    prepare()
    words = with_values(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal(as_json="--json" in words)
    try:
        with acting(Actor(person(), local=True)):
            commands(words)
    except WinnowError as error:
        terminal.error(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, Cancelled):
        terminal.note("Stopped; what was finished is kept, the same command goes on from there.")
        sys.exit(130)
