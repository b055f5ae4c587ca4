"""The long work that pages start: embedding, the map, an export. One of a kind per workspace."""

from __future__ import annotations

from pathlib import Path

from core.embedding.run import embed
from core.export.plan import Plan
from core.layouts import make_layout
from core.overview import folder_state
from core.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.tasks import Report, Task
from core.ui import registry


def key(kind: str, project: Project) -> str:
    """The name of a kind of work on one workspace, on the server's board."""
    return f"{kind}-{project.key}"


def task(kind: str, project: Project) -> Task | None:
    """The latest task of a kind on a workspace."""
    return registry.board().get(key(kind, project))


def start_scan(project: Project) -> Task:
    """Look what is in the image folder now."""
    return registry.board().start(
        key("scan", project), "Scan", lambda report: folder_state(project.workspace, report)
    )


def start_embedding(project: Project, spec: str) -> Task:
    """Download the model where needed, then embed what is new or changed."""

    def work(report: Report) -> object:
        encoder = registry.encoder(spec, registry.shared.device, report)
        result = embed(project.workspace, encoder, report)
        project.use(encoder)
        registry.board().forget(key("scan", project))  # what it found is no longer so
        return result

    return registry.board().start(key("embed", project), "Embedding", work)


def start_layout(project: Project) -> Task:
    """Compute the map of the present images."""
    return registry.board().start(
        key("map", project), "Map", lambda report: make_layout(project, report)
    )


def start_export(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, plan: Plan, out: Path
) -> Task:
    """Write a plan to disk."""
    from core import runs

    return registry.board().start(
        key("export", project),
        "Export",
        lambda report: runs.write(project, vocabulary, predictions, plan, out, report),
    )
