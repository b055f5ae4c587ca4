"""Who keeps the backups of an open workspace: before bulk changes, and on a schedule.

A change asks for a backup that is taken within the hour, by one thread for all workspaces of the
process; so nobody waits for it. What goes wrong is kept as a sentence and never fails the work.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.store.backups.listing import FOLDER, backups_of
from core.store.backups.taking import back_up
from core.store.people.gate import require
from core.store.people.roles import LABEL
from core.store.workspace import Workspace, load

EVERY = 3600.0
"""Seconds after a backup until the next one is due, if something has changed."""
SETTLE = 60.0
"""Seconds between the change that makes a backup due and the backup."""
DUE = "every hour of work"

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the backups of one question; a `core.store.backups.guard.Guard`. Thread-safe.

    Args:
        root: the folder of the workspace.
        question: short name of the question, "" for the first.

    Attributes:
        problem: why the last backup could not be taken, one sentence; None when it was.
    """

    def __init__(self, root: Path, question: str = "") -> None:
        self._root = root
        self._question = question
        self._home = Workspace(root, root, question=question).home
        self.problem: str | None = None
        self._within = threading.local()
        self._planned = False

    def permit(self) -> None:
        """See `Guard.permit`."""
        require(self._home, LABEL)

    def before(self, what: str) -> None:
        """See `Guard.before`."""
        if not getattr(self._within, "change", False):
            self.take(f"before {what}")

    @contextmanager
    def one(self, what: str) -> Iterator[None]:
        """See `Guard.one`."""
        self.before(what)
        outer = getattr(self._within, "change", False)
        self._within.change = True
        try:
            yield
        finally:
            self._within.change = outer

    def changed(self) -> None:
        """See `Guard.changed`."""
        if not self._planned:
            self._planned = True
            _SCHEDULE.plan(self._due, self.due_in)

    def due_in(self) -> float:
        """Seconds until a backup of a change made now is due."""
        backups = backups_of(self._home)
        age = time.time() - backups[0].time if backups else EVERY
        # A backup from the future: the clock was set back.
        return max(SETTLE, EVERY - age) if age >= 0 else SETTLE

    def take(self, why: str) -> None:
        """Take a backup now; what goes wrong becomes ``problem``."""
        try:
            back_up(load(self._root, self._question), why)
            self.problem = None
        except WinnowError as error:
            self.problem = f"There is no new backup of the labels: {error}"
        except (OSError, sqlite3.Error) as error:
            _log.exception("backup of %s failed", self._home)
            self.problem = (
                f"There is no new backup of the labels in {shown(self._home / FOLDER)} ({error}): "
                "check the disk."
            )

    def _due(self) -> None:
        self._planned = False  # first: what changes from here on is for the next one
        if self._home.is_dir():  # a workspace that was moved away is not made anew
            self.take(DUE)


class _Schedule:
    """One thread that does things when they are due; it ends with the process."""

    def __init__(self) -> None:
        self._work: list[tuple[float, Callable[[], None]]] = []
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def plan(self, work: Callable[[], None], delay: Callable[[], float]) -> None:
        """Do ``work`` after some seconds, which the thread asks for so that nobody waits."""
        with self._news:
            # A delay of nothing: the thread looks at once, and plans the work itself.
            self._work.append((0.0, lambda: self._put(time.monotonic() + delay(), work)))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="backups", daemon=True)
                self._thread.start()
            self._news.notify()

    def _put(self, when: float, work: Callable[[], None]) -> None:
        with self._news:
            self._work.append((when, work))

    def _run(self) -> None:
        while True:
            work = self._next()
            try:
                work()
            except Exception:  # the others' turn comes all the same
                _log.exception("a backup failed")

    def _next(self) -> Callable[[], None]:
        with self._news:
            while True:
                self._work.sort(key=lambda entry: entry[0])
                now = time.monotonic()
                if self._work and self._work[0][0] <= now:
                    return self._work.pop(0)[1]
                self._news.wait(self._work[0][0] - now if self._work else None)


_SCHEDULE = _Schedule()
