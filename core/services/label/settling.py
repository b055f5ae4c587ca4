"""Whose answer settles a disagreement: a reviewer's, where people are listed with roles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.store.labels.answers import Labels
from core.store.labels.base import SETTLED, VERDICTS, Label, LogEntry
from core.store.people.gate import refusal, root_of
from core.store.people.people_file import read_people
from core.store.people.roles import SETTLE


def record(
    home: Path, store: Labels, client: str, log: Sequence[LogEntry], person: str, source: str
) -> None:
    """Store what a labeling client sends; a reviewer's answer where others disagree decides.

    Args:
        home: folder of the question; see `core.store.labels.answers.Labels.record` for the others.

    Raises:
        WinnowError: it cannot be stored, or whoever acts may not label.
    """
    deciding = _deciding(home, store, log)
    rest = [entry for entry in log if entry not in deciding]
    if rest or not log:
        store.record(client, rest, person, source)
    if deciding:
        store.record(client, deciding, person, f"{SETTLED}, {source}")


def _deciding(home: Path, store: Labels, log: Sequence[LogEntry]) -> list[LogEntry]:
    """The answers that settle something; none where nobody has a role."""
    if read_people(root_of(home)) is None:
        return []
    votes = [entry for entry in log if entry.kind in VERDICTS]
    if not votes or refusal(home, SETTLE):
        return []
    answers = store.answers_to({entry.image_id for entry in votes})
    return [entry for entry in votes if disagree(answers.get(entry.image_id, ()))]


def disagree(answers: Sequence[Label]) -> bool:
    """Whether people say different things of an image."""
    return len({(answer.kind, answer.label) for answer in answers if answer.kind in VERDICTS}) > 1
