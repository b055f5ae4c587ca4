"""``winnow people agreement`` and ``hours``: how far people agree, and how fast they label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.people.log import Day
from core.cli.people.roles import people_app
from core.cli.shared.opening import project_of
from core.cli.shared.options import Images, Json, LabelsDb, Question, Quiet, WorkspaceFolder
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.services.people.hours import Hour, hours, totals
from core.services.people.log import span
from core.store.people.gate import require
from core.store.people.roles import SEE

if TYPE_CHECKING:
    from core.learn.judging.reliability import Reliability
    from core.services.people.agreement import Agreement


@people_app.command("agreement")
def agreement_(
    images: Images,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show how far people agree beyond chance, on the images that two or more of them labeled."""
    from core.services.people.agreement import agreement

    terminal = Terminal(as_json, quiet)
    project = project_of(images, workspace, question, terminal)
    require(project.workspace.home, SEE)
    result = agreement(project.labels.answers())
    terminal.result(result.as_json(), _text(result))


def _text(result: Agreement) -> str:
    if not result.alpha.images:
        return (
            "No image has answers of two people yet: winnow people double --every 10 has every "
            "tenth one asked of a second person."
        )
    lines = [
        f"{result.alpha.images:,} images have answers of two people or more; on "
        f"{result.disagreed:,} they differ, {result.settled:,} were settled by a reviewer.",
        f"Krippendorff's alpha: {figure(result.alpha)}",
    ]
    rows = [
        (f"{shown(one)} and {shown(other)}", f"{of.images:,}",
         f"{result.shares[one, other]:.1%}", figure(of))
        for (one, other), of in result.pairs.items()
    ]  # fmt: skip
    lines += ["", table(rows, ("people", "images", "same answer", "Cohen's kappa"))]
    classes = [(name, f"{of.images:,}", figure(of)) for name, of in result.of_class.items()]
    lines += ["", table(classes, ("class against all others", "images", "alpha"))]
    return "\n".join(lines)


def figure(of: Reliability) -> str:
    """A coefficient with its interval."""
    if of.value is None:
        return "no value: all answers are the same"
    interval = "" if of.low is None or of.high is None else f" ({of.low:.2f} to {of.high:.2f})"
    return f"{of.value:.3f}{interval}"


@people_app.command("hours")
def hours_(
    images: Images,
    day: Day = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    labels_db: LabelsDb = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show labels per person and hour; pauses of more than two minutes do not count as work."""
    terminal = Terminal(as_json, quiet)
    project = project_of(images, workspace, question, terminal)
    require(project.workspace.home, SEE)
    rows = hours(project.labels.logged(*span(day)))
    heads = ("person", "hour", "labels", "minutes of work", "labels an hour")
    text = table([_cells(row) for row in [*rows, *totals(rows)]], heads)
    terminal.result(
        {
            "hours": [row.as_json() for row in rows],
            "people": [row.as_json() for row in totals(rows)],
        },
        text if rows else "Nobody has labeled anything on the Label page then.",
    )


def _cells(row: Hour) -> tuple[str, ...]:
    speed = "–" if row.speed is None else f"{row.speed:,.0f}"
    return row.person, row.hour or "all", f"{row.labels:,}", f"{row.minutes:,.1f}", speed
