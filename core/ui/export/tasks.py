"""The long work of the Export page: writing a plan to disk."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.export.plan import Plan
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export import runs
from core.services.export.outcome import RunOutcome
from core.ui.export import state
from core.ui.session import tasks

EXPORT = "export"
"""Kind of work, see ``tasks``."""


@dataclass(frozen=True)
class Written:
    """What was written, and all that it follows from: another basis is another export."""

    outcome: RunOutcome
    basis: Hashable


def start_export(
    snapshot: Snapshot, predictions: Predictions, plan: Plan, out: Path, basis: Hashable
) -> None:
    """Write a plan to a new folder.

    Args:
        snapshot: what the plan was made of.
        predictions: those that it was made of.
        basis: all that it follows from.
    """
    st.session_state[state.BEGUN] = out
    tasks.start(
        EXPORT,
        snapshot.key,
        "Export",
        lambda report: Written(runs.write(snapshot, predictions, plan, out, report), basis),
    )
