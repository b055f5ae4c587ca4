"""The long work of the Prompts page: the search for groups that no class explains."""

from __future__ import annotations

from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.prompts.suggestions import suggest
from core.ui.session import tasks


def suggestions(snapshot: Snapshot) -> Task:
    """The search for groups, started once for each set of classes and images."""
    basis = f"{snapshot.pool.version}-{hash(snapshot.classes)}"
    return tasks.once(
        "suggest", snapshot.key, basis, "Suggestions", lambda report: suggest(snapshot, report)
    )
