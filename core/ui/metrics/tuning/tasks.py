"""The long work of tuning: learning, and taking another encoder into use."""

from __future__ import annotations

from core.embedding.run import embed
from core.project.snapshot import Snapshot
from core.runtime.progress import Report
from core.services.tuning.outcome import Depth
from core.services.tuning.pairing import of_captions, of_columns
from core.services.tuning.tuning import tune
from core.store.people.roles import EMBED
from core.ui.session import host, rights, session, tasks

TUNING = "tuning"
USING = tasks.EMBED
"""Kinds of work, see ``tasks``; another encoder is taken into use as it is on the Data page."""


def start_tuning(
    snapshot: Snapshot, name: str, words: str | None, depth: Depth = "adapter"
) -> None:
    """Tune the encoder in use on captions, or on the columns of a template."""
    rights.require(EMBED)
    project = session.require_project()
    key = project.workspace.collection.key
    tasks.forget(TUNING, key)

    def work(report: Report) -> object:
        assert snapshot.workspace.encoder is not None
        project.use(host.shared.encoder(snapshot.workspace.encoder.spec, report))
        now = project.snapshot()
        described = of_captions(now) if words is None else of_columns(now, words)
        return tune(now, described, name, report=report, depth=depth)

    tasks.start(TUNING, key, "Tuning", work)


def start_using(spec: str) -> None:
    """Take another encoder into use; vectors of a tuned one come from those of its base."""
    project = session.require_project()

    def work(report: Report) -> object:
        encoder = host.shared.encoder(spec, report)
        result = embed(project.workspace, encoder, report)
        project.use(encoder)
        return result

    tasks.start(USING, project.workspace.collection.key, "Changing the model", work)
