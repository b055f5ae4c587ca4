"""Searches as a page or a command makes them, for tests."""

from __future__ import annotations

from core.project.project import Project
from core.services.search.request import Answer, Request
from core.services.search.searching import searcher_of


def find(project: Project, request: Request) -> Answer:
    """What a search of a project gives now."""
    snapshot = project.snapshot()
    return searcher_of(snapshot).find(request, snapshot)
