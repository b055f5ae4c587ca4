"""Questions with a history."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.project.project import Project
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The present; it goes on when a test says so."""
    now = [1_700_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


@pytest.fixture
def label(project: Project) -> Callable[[int, int], None]:
    """Gives images their true classes, from one place of the audit stream to another."""

    def give(begin: int, end: int) -> None:
        snapshot = project.snapshot()
        truth = read_labels(project.workspace.images / "truth.csv")
        events = [
            Event(snapshot.pool.ids[row], truth[snapshot.pool.paths[row]])
            for row in snapshot.audit_order[begin:end]
        ]
        project.labels.add(events, "ann", "test")

    return give
