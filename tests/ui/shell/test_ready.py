"""What a server works out ahead is what its pages ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.learn.groups import clusters
from core.learn.large import clusters as large
from core.project.project import Project
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.services.data import duplicates
from core.ui.session import fitting, host
from core.ui.shell.ready import make_ready


def test_first_visits_find_what_was_worked_out(
    app: AppTest, project: Project, starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_layout(project.snapshot(), Report())
    make_ready(project.workspace.root)
    monkeypatch.setattr(large, "kmeans", _never)
    monkeypatch.setattr(duplicates, "near_duplicate_groups", _never)
    app.run()
    for page in ("data", "clusters", "label"):
        app.switch_page(f"../../../pages/{page}.py").run()
        assert not app.exception, [error.value for error in app.exception]


def test_without_a_map_no_clusters_are_looked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    monkeypatch.setattr(clusters, "kmeans", _never)
    monkeypatch.setattr(large, "kmeans", _never)
    make_ready(project.workspace.root)
    opened = host.shared.project(project.workspace.root)
    assert fitting.latest(opened.snapshot()) is not None


def _never(*args: Any, **options: Any) -> None:
    raise AssertionError("worked out once more")
