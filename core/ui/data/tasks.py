"""The long work of the Data page: a scan, the embedding, the search for near-duplicates."""

from __future__ import annotations

from core.embedding.run import embed
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.progress import Report
from core.services.data.duplicates import groups_of
from core.services.data.overview import FolderState, folder_state
from core.store.workspace import Workspace
from core.ui.session import heap, host, session, tasks

SCAN, EMBED = "scan", tasks.EMBED
"""Kinds of work, see ``tasks``."""


def start_scan(workspace: Workspace) -> Task:
    """Look what is in the image folder now."""

    def work(report: Report) -> FolderState:
        try:
            return folder_state(workspace, report)
        finally:
            heap.trim()  # an object a file was in the way

    return tasks.start(SCAN, workspace.collection.key, "Scan", work)


def start_embedding(spec: str, reread: bool = False) -> None:
    """Download the model where needed, then embed what is new or changed in this session's folder.

    Args:
        spec: the model, as the registry of encoders names it.
        reread: look into every file again, also into those that have not changed by size and time.
    """
    project = session.require_project()
    tasks.forget(SCAN, project.workspace.collection.key)

    def work(report: Report) -> object:
        encoder = host.shared.encoder(spec, report)
        result = embed(project.workspace, encoder, report, reread=reread)
        project.use(encoder)
        tasks.forget(SCAN, project.workspace.collection.key)  # what it found is no longer so
        return result

    tasks.start(EMBED, project.workspace.collection.key, "Embedding", work)


def duplicates(snapshot: Snapshot) -> Task:
    """The search for near-duplicates, started once for each state of the pool."""
    return tasks.once(
        "duplicates", snapshot.key, snapshot.pool.version, "Near-duplicates",
        lambda report: groups_of(snapshot, report),
    )  # fmt: skip
