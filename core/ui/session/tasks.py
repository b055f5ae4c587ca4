"""Long work that pages start: one of a kind per workspace, on the host's board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from core.runtime.background import Task
from core.runtime.pausing import pausing
from core.runtime.progress import Report
from core.ui.session import fitting, host, quiet

T = TypeVar("T")

EMBED = "embed"
"""The kind of work that embeds the images of a workspace."""
_PATIENCE = 60.0  # seconds that patient work waits for pages, at most


def name_of(kind: str, key: str) -> str:
    """The name of a kind of work on one workspace, on the board."""
    return f"{kind}-{key}"


def task(kind: str, key: str) -> Task | None:
    """The latest task of a kind on the workspace with that key."""
    return host.shared.board.get(name_of(kind, key))


def start(kind: str, key: str, title: str, work: Callable[[Report], Any]) -> Task:
    """Start work of a kind on a workspace; while one of the kind is running, that one."""
    return host.shared.board.start(name_of(kind, key), title, work)


def once(kind: str, key: str, basis: object, title: str, work: Callable[[Report], Any]) -> Task:
    """Work that is started once for all that it follows from, ``basis``; later calls give the same.

    A failed one is not started again by itself.
    """
    name = f"{name_of(kind, key)}-{basis}"
    return host.shared.board.get(name) or host.shared.board.start(name, title, work)


def patiently(work: Callable[[Report], T]) -> Callable[[Report], T]:
    """Work that begins when the page that asks for it is drawn, and lets others go first."""

    def done(report: Report) -> T:
        courtesy = quiet.Courtesy(_PATIENCE, fitting.is_awaited)
        courtesy()
        with pausing(courtesy):
            return work(report)

    return done


def forget(kind: str, key: str) -> None:
    """Drop an ended task, so that its outcome is no longer shown."""
    host.shared.board.forget(name_of(kind, key))
