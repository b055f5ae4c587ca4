"""The app as Streamlit runs it, for the tests of its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import new_host
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.ui.session import host

ENTRY = Path(__file__).parents[2] / "core/ui/shell/app.py"


@pytest.fixture
def app(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app on a workspace of its own, as ``winnow app`` opens it."""
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    return AppTest.from_file(str(ENTRY), default_timeout=60)
