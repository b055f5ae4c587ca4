"""The app as Streamlit runs it, for the tests of its pages."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import new_host
from remembering import texts_are_encoded_once  # noqa: F401  a fixture
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.ui.session import host

ENTRY = Path(__file__).parents[2] / "core/ui/shell/app.py"


@pytest.fixture
def app(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app on a workspace of its own, as ``winnow app`` opens it."""
    monkeypatch.setattr(host, "shared", new_host(first=project.workspace.root))
    return AppTest.from_file(str(ENTRY), default_timeout=60)


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit looks through all installed packages at each run of an ``AppTest``, for 0.4 s:
    here it does so once."""
    with pytest.MonkeyPatch.context() as patch:
        found = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield
