"""``winnow people log``: who did what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.people.roles import people_app
from core.cli.shared.opening import project_of
from core.cli.shared.options import Images, Json, LabelsDb, Question, Quiet, WorkspaceFolder, path
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.runtime.files import write_atomic
from core.services.people.log import Line, as_csv, log, when

Day = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="Of this day alone: 2026-03-31.", show_default=False),
]
_HEADS = ("when", "who", "what", "about", "times")


@people_app.command("log")
def log_(
    images: Images,
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of this person alone.", show_default=False)
    ] = None,
    day: Day = None,
    last: Annotated[int, typer.Option(min=1, help="How many lines, the latest first.")] = 1_000,
    out: Annotated[
        Path | None,
        typer.Option(help="CSV file to write, of all lines.", show_default=False, parser=path),
    ] = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show who did what: labels, changes of classes, imports, exports, undos, settings, sign-offs.

    What one person does of one kind without long pauses is one line.
    """
    terminal = Terminal(as_json, quiet)
    lines = log(project_of(images, workspace, question, terminal), person, day)
    if out is not None:
        write_atomic(out, as_csv(lines))
        terminal.note(f"{len(lines):,} lines written to {shown(out)}.")
    text = table([_cells(line) for line in lines[:last]], _HEADS)
    terminal.result(
        {"lines": [line.as_json() for line in lines[:last]], "all": len(lines)},
        text if lines else "Nothing is in the log of this question yet.",
    )


def _cells(line: Line) -> tuple[str, ...]:
    return when(line.time), line.person or "–", line.act, line.about, f"{line.count:,}"
