"""What the command line shows: progress and notes on stderr, results on stdout."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from core.cli.shared.streams import as_json, safe_lines
from core.images.names import shown
from core.runtime.progress import Report, Status, duration

T = TypeVar("T")

_GAP = 2  # spaces between the columns of a table


class Terminal:
    """Output of one command. ``quiet`` drops progress and notes, never results and errors."""

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._watching = False
        self._notes = Console(stderr=True, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Something worth knowing that is no result, on stderr."""
        if not self.quiet:
            self._notes.print(shown(text), markup=False)

    def result(self, content: dict[str, Any], text: str) -> None:
        """The result on stdout: ``content`` as one JSON object, or ``text`` for people."""
        print(as_json(content, sys.stdout) if self.as_json else safe_lines(text))  # noqa: T201

    def error(self, text: str) -> None:
        """Why the command could not be done, on stderr and, asked for JSON, on stdout too."""
        errors = Console(stderr=True, highlight=False, soft_wrap=True)
        errors.print(f"winnow: {shown(text)}", markup=False)
        if self.as_json:
            print(as_json({"error": text}, sys.stdout))  # noqa: T201

    def watch(self, work: Callable[[Report], T]) -> T:
        """Run ``work`` and draw its progress on stderr until it ends; what it returns."""
        report = Report()
        with self._drawing(report):
            return work(report)

    @contextmanager
    def _drawing(self, report: Report) -> Iterator[None]:
        if self.quiet or self._watching or not sys.stderr.isatty():
            yield  # a model that is loaded within other work draws nothing of its own
            return
        ended = threading.Event()
        with Progress(*_columns(), console=self._notes, transient=True) as progress:
            thread = threading.Thread(target=_draw, args=(progress, report, ended), daemon=True)
            thread.start()
            self._watching = True
            try:
                yield
            finally:
                self._watching = False
                ended.set()
                thread.join()


def _columns() -> tuple[ProgressColumn, ...]:
    # Notes hold names of files, which are no rich markup.
    fields = [
        TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("rate", "left", "note")
    ]
    step = TextColumn("{task.description}", markup=False)
    return step, BarColumn(), MofNCompleteColumn(), *fields


def _draw(progress: Progress, report: Report, ended: threading.Event) -> None:
    """Keep one bar at what the report says, until the work has ended."""
    bar = progress.add_task("", total=None, rate="", left="", note="")
    step = ""
    while not ended.wait(0.2):
        status = report.status
        if status.step != step:
            progress.reset(bar, total=status.total or None)
            step = status.step
        progress.update(
            bar,
            description=shown(status.step),
            completed=status.done,
            total=status.total or None,
            rate=_rate(status),
            left=_left(status),
            note=shown(status.note),
        )


def _rate(status: Status) -> str:
    return f"{status.rate:.0f}/s" if status.total and status.done else ""


def _left(status: Status) -> str:
    seconds = status.seconds_left
    if seconds is None or status.total < 2:
        return ""
    return f"{duration(seconds)} left"


def table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Plain aligned columns; the first is aligned left, the others right.

    Every cell stands whole in its line however narrow the terminal is, so that a pipe loses
    nothing; control characters are written as escapes.

    Args:
        rows: the cells, as many a row as there are ``heads``.
        heads: the columns' names.
    """
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for place, head in enumerate(heads):
        grid.add_column(Text(shown(head)), justify="right" if place else "left", no_wrap=True)
    for row in rows:
        grid.add_row(*(Text(shown(cell)) for cell in row))  # as text: names are no rich markup
    page = StringIO()
    Console(file=page, width=sys.maxsize, color_system=None).print(grid)
    return "\n".join(line.rstrip() for line in page.getvalue().rstrip("\n").split("\n"))
