"""What one server shares among all who use it: open projects, loaded encoders, background work.

No screen is known here: the app keeps one host for all of its sessions; so can another server.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from core.encoders.base import Encoder
from core.encoders.registry import load_encoder
from core.images.names import shown
from core.project.project import Project
from core.runtime.background import TaskBoard
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.store import questions
from core.store.labels.stores import place_mark
from core.store.workspace import load


class Encoders:
    """Encoders of one process, each loaded once. Safe for several threads."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, str], Encoder] = {}
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def has(self, spec: str, device: str) -> bool:
        """Whether an encoder is loaded."""
        return (spec, device) in self._loaded

    def get(self, spec: str, device: str, report: Report | None = None) -> Encoder:
        """An encoder, loaded on first use; see `Host.encoder`."""
        report, key = report or Report(), (spec, device)
        with self._lock:
            loading = self._locks[key]
        with loading:
            if key not in self._loaded:
                report.step(f"Loading {spec}")
                self._loaded[key] = load_encoder(spec, device, report)
            return self._loaded[key]


@dataclass
class Host:
    """The state of a server.

    Attributes:
        first: the workspace named when the server was started, if any.
        question: short name of its question to begin with; None for the first that is listed.
        model: the encoder to offer for images that are not embedded yet.
        device: "auto", "cpu" or "cuda", for every encoder.
        board: the work in the background.
        encoders: those that are loaded.
    """

    first: Path | None = None
    question: str | None = None
    model: str | None = None
    device: str = "auto"
    board: TaskBoard = field(default_factory=TaskBoard)
    encoders: Encoders = field(default_factory=Encoders)
    _projects: dict[str, Project] = field(default_factory=dict)
    _opened: dict[Path, object] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def project(self, root: Path, question: str = "") -> Project:
        """The open project of a workspace folder and one of its questions, opened on first use.

        Args:
            question: its short name, "" for the first.

        Raises:
            WinnowError: it is no workspace, there is no such question, or it cannot be opened.
        """
        workspace = load(root, question)
        if question and questions.of_slug(root, question) is None:
            raise WinnowError(f"There is no question {shown(question)} in {shown(root)} any more.")
        with self._lock:
            if self._opened.get(root) != place_mark(root):
                self._let_go(root)  # its labels are in another place now
            if workspace.key not in self._projects:
                first = self._projects.get(workspace.collection.key) or Project(
                    workspace.collection
                )
                self._projects[first.key] = first
                first.collection.behind = True
                if workspace.question:
                    self._projects[workspace.key] = Project(workspace, first.collection)
                self._opened[root] = place_mark(root)
                project = self._projects[workspace.key]
                project.backups.changed()  # perhaps, since the last backup, by somebody else
            return self._projects[workspace.key]

    def _let_go(self, root: Path) -> None:
        for key in [key for key, one in self._projects.items() if one.collection.root == root]:
            del self._projects[key]

    def opened(self, key: str) -> Project | None:
        """The open project with that key; None when there is none."""
        return self._projects.get(key)

    def encoder(self, spec: str, report: Report | None = None) -> Encoder:
        """An encoder for pages and background work alike, loaded once.

        Args:
            report: takes the progress of a download and the wish to stop it.

        Raises:
            WinnowError: it cannot be loaded.
            Cancelled: asked to stop.
        """
        return self.encoders.get(spec, self.device, report)
