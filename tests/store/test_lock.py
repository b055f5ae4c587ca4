"""One writer a workspace: others are told who it is, or wait until it is gone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.store import lock


def test_the_second_writer_is_told_who_holds_the_workspace(tmp_path: Path) -> None:
    with lock.writer(tmp_path, "embedding"):
        second = lock.writer(tmp_path, "export")
        with pytest.raises(WinnowError, match=r"in use \(embedding, process \d+"):
            second.__enter__()
    with lock.writer(tmp_path, "export"):
        pass


def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    report = Report()
    with lock.writer(tmp_path, "embedding"):
        threading.Timer(0.1, report.cancel).start()
        second = lock.writer(tmp_path, "export", report)
        with pytest.raises(Cancelled):
            second.__enter__()
    with lock.writer(tmp_path, "export", report):
        pass
