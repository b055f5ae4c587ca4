"""Progress and cancelling of an export."""

from collections.abc import Callable
from pathlib import Path

from core.export.options import ExportOptions
from core.export.plan import Plan
from core.runtime.errors import WinnowError

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class ExportCancelled(WinnowError):
    """The export was stopped on request; nothing was left behind."""


def reads_back(options: ExportOptions) -> bool:
    """Whether the copies are read again from the disk at the end."""
    return options.verify and options.has_tree and options.mode == "copy"


class Steps:
    """Progress and cancelling: one step an image and a pass over the images."""

    def __init__(self, plan: Plan, out: Path, progress: Progress, cancelled: Cancelled) -> None:
        self._total = len(plan.items) * (1 + len(plan.options.archives) + reads_back(plan.options))
        self._done = 0
        self._out = out
        self._progress = progress
        self._cancelled = cancelled
        progress(0, self._total)

    def step(self, count: int = 1) -> None:
        """Say that so many steps are done; raises `ExportCancelled` when somebody asked for it."""
        self._done += count
        self._progress(self._done, self._total)
        self.stop_if_asked()

    def stop_if_asked(self) -> None:
        if self._cancelled():
            raise ExportCancelled(
                f"The export to {self._out} was cancelled and nothing was kept there."
            )
