"""The long work of the Search page: the index of a very large collection."""

from __future__ import annotations

from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.search.searching import Searcher
from core.ui.session import tasks

INDEX = "index"
"""Kind of work, see ``tasks``."""


def start_index(snapshot: Snapshot, searcher: Searcher) -> Task:
    """Build the search index of the present images."""
    return tasks.start(
        INDEX,
        snapshot.key,
        "Search index",
        lambda report: searcher.build_index(snapshot, report),
    )
