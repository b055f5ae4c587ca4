"""The long work of the Metrics page: measuring encoders on captions."""

from __future__ import annotations

from collections.abc import Sequence

from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.metrics.retrieval import measure
from core.store.workspace import EncoderRecord
from core.ui.session import host, tasks

RETRIEVAL = "retrieval"
"""Kind of work, see ``tasks``."""


def start_retrieval(snapshot: Snapshot, records: Sequence[EncoderRecord]) -> Task:
    """Measure how well encoders match the workspace's captions and images."""
    return tasks.start(
        RETRIEVAL,
        snapshot.key,
        "Retrieval metrics",
        lambda report: measure(snapshot, records, host.shared.encoder, report),
    )
