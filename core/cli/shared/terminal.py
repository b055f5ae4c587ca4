"""What the command line shows: progress and notes on stderr, results on stdout."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core.runtime.progress import Report, Status, duration

T = TypeVar("T")


class Terminal:
    """Output of one command. ``quiet`` drops progress and notes, never results and errors."""

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._watching = False
        self._notes = Console(stderr=True, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Something worth knowing that is no result."""
        if not self.quiet:
            self._notes.print(text, markup=False)

    def result(self, content: dict[str, Any], text: str) -> None:
        """The result, as one JSON object or as text."""
        print(json.dumps(content, ensure_ascii=False) if self.as_json else text)  # noqa: T201

    def error(self, text: str) -> None:
        """Why the command could not be done."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"winnow: {text}", markup=False)
        if self.as_json:
            print(json.dumps({"error": text}, ensure_ascii=False))  # noqa: T201

    def watch(self, work: Callable[[Report], T]) -> T:
        """Run ``work`` and draw its progress until it ends."""
        report = Report()
        with self._drawing(report):
            return work(report)

    @contextmanager
    def _drawing(self, report: Report) -> Iterator[None]:
        if self.quiet or self._watching or not sys.stderr.isatty():
            yield  # a model that is loaded within other work draws nothing of its own
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[note]}"),
        )
        ended = threading.Event()
        with Progress(*columns, console=self._notes, transient=True) as progress:
            bar = progress.add_task("", total=None, rate="", left="", note="")

            def draw() -> None:
                shown = ""
                while not ended.wait(0.2):
                    status = report.status
                    if status.step != shown:
                        progress.reset(bar, total=status.total or None)
                        shown = status.step
                    progress.update(
                        bar,
                        description=status.step,
                        completed=status.done,
                        total=status.total or None,
                        rate=_rate(status),
                        left=_left(status),
                        note=status.note,
                    )

            thread = threading.Thread(target=draw, daemon=True)
            thread.start()
            self._watching = True
            try:
                yield
            finally:
                self._watching = False
                ended.set()
                thread.join()


def _rate(status: Status) -> str:
    return f"{status.rate:.0f}/s" if status.total and status.done else ""


def _left(status: Status) -> str:
    seconds = status.seconds_left
    if seconds is None or status.total < 2:
        return ""
    return f"{duration(seconds)} left"


def table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Plain aligned columns; the first is aligned left, the others right."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    lines = []
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
