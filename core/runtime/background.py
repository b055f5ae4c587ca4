"""Long work in the background: at most one of a kind at a time, polled and drawn by pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from core.runtime.acting import acting, actor
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report, Status

LATEST = 500  # tasks that have ended

_log = logging.getLogger(__name__)


class Task:
    """One piece of background work."""

    def __init__(self, key: str, title: str, work: Callable[[Report], Any]) -> None:
        self.key = key
        self.title = title
        self.report = Report()
        self.result: Any = None
        self._work = work
        self._by = actor()  # whoever began it does it
        self._thread = threading.Thread(target=self._run, name=f"task-{key}", daemon=True)

    @property
    def status(self) -> Status:
        return self.report.status

    @property
    def running(self) -> bool:
        return self.status.state == "running"

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        self.report.cancel()

    def wait(self, timeout: float | None = None) -> Status:
        """Block until the work has ended or ``timeout`` seconds have passed."""
        self._thread.join(timeout)
        return self.status

    def _run(self) -> None:
        try:
            with acting(self._by):
                self.result = self._work(self.report)
        except Cancelled:
            self.report.finish("cancelled")
        except WinnowError as error:
            self.report.finish("failed", str(error))
        except MemoryError:
            self.report.finish(
                "failed", f"{self.title} ran out of memory: close other programs and try again."
            )
        except Exception as error:
            _log.exception("task %s failed", self.key)
            self.report.finish(
                "failed",
                f"{self.title} failed with an error of Winnow's own ({type(error).__name__}: "
                f"{error}): the full text is in the terminal that runs Winnow.",
            )
        else:
            self.report.finish("done")
        finally:
            del self._work  # what it was given can be large, and the task is kept for its outcome


class TaskBoard:
    """The tasks of one server, latest of each key. Outlives pages and browser sessions.

    Of those that have ended the last ``LATEST`` are remembered.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def start(self, key: str, title: str, work: Callable[[Report], Any]) -> Task:
        """Start ``work`` unless a task of that key is running; returns the one that runs."""
        with self._lock:
            existing = self._tasks.get(key)
            if existing is not None and existing.running:
                return existing
            task = Task(key, title, work)
            self._tasks.pop(key, None)
            self._tasks[key] = task
            ended = [old for old, other in self._tasks.items() if not other.running]
            for old in ended[: max(0, len(ended) - LATEST)]:
                del self._tasks[old]
            task.start()
            return task

    def get(self, key: str) -> Task | None:
        return self._tasks.get(key)

    def running(self) -> list[Task]:
        return [task for task in list(self._tasks.values()) if task.running]

    def forget(self, key: str) -> None:
        """Drop an ended task, so that its outcome is no longer shown."""
        with self._lock:
            task = self._tasks.get(key)
            if task is not None and not task.running:
                del self._tasks[key]
