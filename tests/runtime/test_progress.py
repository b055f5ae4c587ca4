"""A report is told how far work is, and ends it where somebody asked for that."""

from __future__ import annotations

import pytest

from core.runtime.progress import Cancelled, Report


def test_asked_to_stop_every_step_raises_and_telling_does_not() -> None:
    report = Report()
    report.check()
    report.step_share("arranging", 0.25)
    assert (report.status.step, report.status.share) == ("arranging", 0.25)
    report.cancel()
    report.tell("reading", 1, 2)
    report.tell_share("arranging", 0.5)
    for stop in (report.check, lambda: report.step("x"), lambda: report.step_share("y", 1.0)):
        with pytest.raises(Cancelled):
            stop()
    assert report.status.step == "y"
