"""What one server shares between its browser sessions: open projects, encoders, background work.

The app's script is run anew for every interaction, this module is imported once. Custom routes need
the projects too, outside of any session, so they cannot live in session state.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from core.encoders.base import Encoder
from core.project.project import Project
from core.runtime.background import TaskBoard
from core.runtime.progress import MEGABYTE, Report


@dataclass
class Shared:
    """The state of the server. ``first`` is the workspace named when it was started."""

    first: Path | None = None
    model: str | None = None
    device: str = "auto"
    projects: dict[str, Project] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def project(self, root: Path) -> Project:
        """The open project of a workspace folder, opened on first use."""
        from core.store.workspace import load

        workspace = load(root)
        with self.lock:
            if workspace.key not in self.projects:
                self.projects[workspace.key] = Project(workspace)
            return self.projects[workspace.key]


shared = Shared()


@st.cache_resource(show_spinner=False)
def board() -> TaskBoard:
    """The background work of this server."""
    return TaskBoard()


@st.cache_resource(show_spinner=False)
def encoder(spec: str, device: str, _report: Report | None = None) -> Encoder:
    """An encoder, loaded once per server, for pages and background work alike.

    Args:
        _report: takes the progress of a download and the wish to stop it; plays no part in which
            encoder is returned.
    """
    from core.encoders.registry import load_encoder

    report = _report or Report()
    report.step(f"Loading {spec}")
    return load_encoder(
        spec,
        device,
        progress=lambda p: report.tell(
            "Downloading the model, MB", p.done // MEGABYTE, (p.total or 0) // MEGABYTE
        ),
        cancelled=lambda: report.cancelled,
    )
