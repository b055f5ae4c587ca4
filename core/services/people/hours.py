"""Labels per person and hour, and how long people worked on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.store.labels.following import Logged

PAUSE = 120.0
"""Seconds: a longer time between two answers is a pause and does not count as work."""
BY_HAND = "label page"
"""In the origin of answers that people gave one by one or page by page on the Label page."""


@dataclass(frozen=True)
class Hour:
    """What one person labeled in one hour of the day.

    Attributes:
        hour: local time, as in "2026-03-31 14:00".
        labels: answers that stand.
        minutes: of work, without pauses.
    """

    person: str
    hour: str
    labels: int
    minutes: float

    @property
    def speed(self) -> float | None:
        """Labels an hour of work; None for less than a minute of it."""
        return 60 * self.labels / self.minutes if self.minutes >= 1 else None

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow people hours --json``."""
        return {**asdict(self), "minutes": round(self.minutes, 2), "labels_per_hour": self.speed}


def hours(events: Sequence[Logged]) -> list[Hour]:
    """Labels per person and hour, the earliest first.

    The time between two answers counts for the hour of the later one. Only what people answered on
    the Label page counts: labels that were imported or given on a map took other work.

    Args:
        events: of the label log; see `core.store.labels.following.FollowedLog.logged`.
    """
    labels: dict[tuple[str, str], int] = defaultdict(int)
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    last: dict[str, float] = {}
    for event in sorted((e for e in events if BY_HAND in e.source), key=lambda e: e.time):
        key = (_hour(event.time), event.person)
        labels[key] += event.undone_by is None
        gap = event.time - last.get(event.person, event.time)
        seconds[key] += gap if gap <= PAUSE else 0.0
        last[event.person] = event.time
    return [Hour(key[1], key[0], labels[key], seconds[key] / 60) for key in sorted(labels)]


def totals(rows: Iterable[Hour]) -> list[Hour]:
    """The same of each person over all hours, under "" for the hour; who labeled most first."""
    labels: dict[str, int] = defaultdict(int)
    minutes: dict[str, float] = defaultdict(float)
    for row in rows:
        labels[row.person] += row.labels
        minutes[row.person] += row.minutes
    people = sorted(labels, key=lambda name: (-labels[name], name))
    return [Hour(name, "", labels[name], minutes[name]) for name in people]


def _hour(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:00}"
