"""Who did what: answers and undos from the labels, all else from the log of the workspace."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from core.project.project import Project
from core.runtime.csv_rows import write_rows
from core.runtime.errors import WinnowError
from core.store.history.activity import Done, done_between
from core.store.labels.following import Logged
from core.store.people.gate import require
from core.store.people.roles import LABEL, SEE
from core.store.spreadsheets import safe_text

TOGETHER = 600.0
"""Seconds: what one person does of one kind with shorter pauses is one line."""
_UNDO = "undo"
HEAD = ("from", "until", "person", "act", "about", "question", "count")
"""Columns of the table."""


@dataclass(frozen=True)
class Line:
    """A line of the log.

    Attributes:
        time, until: of the first and the last of what it stands for, seconds since the epoch.
        person: who, "" where nobody was named.
        act: what kind: "label", "tag", "undo", or the name of an act.
        about: what, for people.
        question: short name of the question, "" for the first and what all share.
        count: of how many.
    """

    time: float
    until: float
    person: str
    act: str
    about: str
    question: str
    count: int = 1

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow people log --json``."""
        return {**asdict(self), "when": when(self.time)}


def log(project: Project, person: str | None = None, day: str | None = None) -> list[Line]:
    """Who did what in a workspace, to this question and to all that its questions share.

    Args:
        person: of this one alone, as labels have the name.
        day: of this day alone, in local time, as in "2026-03-31".

    Returns:
        Lines, the latest first.

    Raises:
        WinnowError: the day is none, a log cannot be read, or whoever acts may not see it.
    """
    workspace = project.workspace
    require(workspace.home, SEE)
    since, until = span(day)
    source = project.labels
    lines = [
        *_answers(source.logged(since, until), LABEL.name, workspace.question),
        *_answers(project.tag_labels.logged(since, until), "tag", ""),
        *_together(
            Line(undo.time, undo.time, undo.person, _UNDO, "answers taken back", workspace.question)
            for undo in source.undos(since, until)
        ),
        *_together(
            _line(done)
            for done in done_between(workspace.root, since, until)
            if done.question in ("", workspace.question)
        ),
    ]
    wanted = [line for line in lines if person is None or line.person == person]
    return sorted(wanted, key=lambda line: -line.time)


def people_of(lines: Iterable[Line]) -> list[str]:
    """Who did something, by name."""
    return sorted({line.person for line in lines if line.person})


def as_csv(lines: Sequence[Line]) -> bytes:
    """The log as a table that a spreadsheet takes for no formula."""
    rows = [
        (when(x.time), when(x.until), x.person, x.act, x.about, x.question, x.count) for x in lines
    ]
    text = io.StringIO()
    write_rows(text, [HEAD, *(tuple(map(safe_text, map(str, row))) for row in rows)])
    return text.getvalue().encode("utf-8", "backslashreplace")


def when(seconds: float) -> str:
    """A moment in local time, to the second."""
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def span(day: str | None) -> tuple[float, float]:
    """The first moment of a local day and that of the next; everything for None.

    Raises:
        WinnowError: there is no such day.
    """
    if day is None:
        return 0.0, float("inf")
    try:
        begin = date.fromisoformat(day)
        ends = [datetime(d.year, d.month, d.day) for d in (begin, begin + timedelta(days=1))]
        return ends[0].timestamp(), ends[1].timestamp()
    except (ValueError, OverflowError) as error:
        raise WinnowError(f"{day[:40]} is no day: write it as in 2026-03-31.") from error


def _line(done: Done) -> Line:
    return Line(done.time, done.time, done.person, done.act, done.about, done.question)


def _answers(events: Sequence[Logged], act: str, question: str) -> list[Line]:
    """Answers as lines; those that were taken back say so."""
    return _together(
        Line(
            event.time, event.time, event.person, act,
            event.source if event.undone_by is None else f"{event.source}, taken back",
            question,
        )
        for event in sorted(events, key=lambda event: event.time)
    )  # fmt: skip


def _together(lines: Iterable[Line]) -> list[Line]:
    """Lines of one person and kind that follow one another closely as one; oldest first."""
    result: list[Line] = []
    open_: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (line.person, line.act, line.about, line.question)
        at = open_.get(key)
        if at is not None and line.time - result[at].until <= TOGETHER:
            before = result[at]
            result[at] = replace(before, until=line.time, count=before.count + 1)
        else:
            open_[key] = len(result)
            result.append(line)
    return result
