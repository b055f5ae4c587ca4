"""A part of some work that knows only its own share, told to the report as one of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.runtime.progress import Report

__all__ = ["Stage"]


@dataclass(frozen=True)
class Stage:
    """One stage of some work.

    Attributes:
        report: takes progress and the wish to stop.
        name: the stage in words.
        begin, end: where it begins and ends as shares of the whole, 0 to 1.
    """

    report: Report = field(default_factory=Report)
    name: str = ""
    begin: float = 0.0
    end: float = 1.0

    def reached(self, share: float) -> None:
        """Say what share of the stage is done, 0 to 1; raises `Cancelled` when asked to stop."""
        self.report.step_share(self.name, self.begin + (self.end - self.begin) * share)

    def part(self, name: str, begin: float, end: float) -> Stage:
        """A stage within this one, whose bounds are shares of this one."""
        width = self.end - self.begin
        return replace(
            self, name=name, begin=self.begin + width * begin, end=self.begin + width * end
        )
