"""The long work of the Export page: writing a plan to disk."""

from __future__ import annotations

from pathlib import Path

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export import runs
from core.ui.session import tasks

EXPORT = "export"
"""Kind of work, see ``tasks``."""


def start_export(snapshot: Snapshot, predictions: Predictions, plan: Plan, out: Path) -> None:
    """Write a plan to a new folder.

    Args:
        snapshot: what the plan was made of.
        predictions: those that it was made of.
    """
    tasks.start(
        EXPORT,
        snapshot.key,
        "Export",
        lambda report: runs.write(snapshot, predictions, plan, out, report),
    )
