"""What a server works out after it answers, so that first visits of pages need not wait for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from core.encoders.registry import is_cached
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.clusters.cards import pictures_of
from core.services.clusters.clustering import usual_number
from core.services.clusters.layout import read_layout
from core.services.data.duplicates import groups_of
from core.services.data.folders import of_pool
from core.services.search.searching import searcher_of
from core.ui.session import fitting, host, quiet

_COURTESY = 30.0  # seconds that all of it together may wait for pages


def make_ready(root: Path) -> None:
    """Load what nearly every page asks for, while somebody looks at the first one.

    The images come first, since any page begins with them. Before each further step pages that are
    being drawn go first: side by side each would take twice as long.
    """
    between = quiet.Courtesy(_COURTESY, hurry=lambda: False)
    with suppress(WinnowError):  # the page that cannot do without says so
        project = host.shared.project(root, host.shared.question or "")
        active = project.workspace.encoder
        if active is None or not is_cached(active.spec):  # a download is started by people only
            return
        if not len(project.pool()):
            return
        between()
        project.use(host.shared.encoder(active.spec))
        snapshot = project.snapshot()
        for step in (_predictions, of_pool, searcher_of, groups_of, _clusters):
            between()
            step(snapshot)


def _predictions(snapshot: Snapshot) -> None:
    if not snapshot.classes.problem():
        fitting.predictions(snapshot)


def _clusters(snapshot: Snapshot) -> None:
    """The clusters that the Clusters page begins with, where it has a map to show them on."""
    if read_layout(snapshot) is not None:
        pictures_of(snapshot, usual_number(snapshot))
