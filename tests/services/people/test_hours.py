"""Labels per person and hour: pauses do not count, nor what was not labeled by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.services.people.hours import hours, totals
from core.store.labels.following import Logged

_TEN = datetime(2026, 3, 31, 10).timestamp()


def event(person: str, seconds: float, source: str = "label page, one", undone: str | None = None):
    return Logged("x", person, _TEN + seconds, source, "b", undone)


def test_pauses_longer_than_two_minutes_are_no_work() -> None:
    rows = hours([event("ann", s) for s in (0, 60, 180, 301, 331)])
    (row,) = rows
    assert (row.person, row.hour, row.labels) == ("ann", "2026-03-31 10:00", 5)
    assert row.minutes == pytest.approx((60 + 120 + 30) / 60)
    assert row.speed == pytest.approx(60 * 5 / 3.5)


def test_hours_and_people_are_apart_and_totals_are_of_all() -> None:
    rows = hours(
        [event("ann", 3_590), event("ann", 3_610), event("bob", 3_600), event("bob", 3_601)]
    )
    assert [(r.person, r.hour[-5:], r.labels) for r in rows] == [
        ("ann", "10:00", 1), ("ann", "11:00", 1), ("bob", "11:00", 2),
    ]  # fmt: skip
    assert [r.minutes * 60 for r in rows] == pytest.approx([0, 20, 1])
    assert rows[0].speed is None
    assert [(r.person, r.hour, r.labels) for r in totals(rows)] == [("ann", "", 2), ("bob", "", 2)]


def test_imports_do_not_count_and_what_was_taken_back_is_work_without_a_label() -> None:
    rows = hours(
        [
            event("ann", 0), event("ann", 10, undone="ann"),
            event("ann", 20, "settled, label page, one"), event("ann", 30, "import"),
            event("bob", 5, "clusters page"),
        ]
    )  # fmt: skip
    (row,) = rows
    assert (row.labels, row.minutes * 60) == (2, pytest.approx(20))
    assert row.as_json() == {
        "person": "ann", "hour": "2026-03-31 10:00", "labels": 2, "minutes": 0.33,
        "labels_per_hour": None,
    }  # fmt: skip


def test_nothing_gives_nothing() -> None:
    assert hours([]) == [] and totals([]) == []
