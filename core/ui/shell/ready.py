"""What a server works out after it answers, so that first visits of pages need not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.encoders.registry import is_cached
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.pausing import pausing
from core.services.clusters.cards import pictures_of
from core.services.clusters.clustering import usual_number
from core.services.clusters.layout import read_layout
from core.services.data.duplicates import groups_of
from core.services.data.folders import of_pool
from core.services.export.backing_off import places
from core.services.label.outlook import outlook
from core.services.prompts.workbench import bench
from core.services.search.searching import searcher_of
from core.ui.session import behind, fitting, host, quiet

_COURTESY = 30.0  # seconds that all of it together may wait for pages


def make_ready(root: Path) -> None:
    """Load what nearly every page asks for, while somebody looks at the first one.

    The images come first, since any page begins with them. Before each further step pages that are
    being drawn go first: side by side each would take twice as long.
    """
    between = quiet.Courtesy(_COURTESY, hurry=fitting.is_awaited)
    with suppress(WinnowError):  # the page that cannot do without says so
        project = host.shared.project(root, host.shared.question or "")
        active = project.workspace.encoder
        if active is None or not is_cached(active.spec):  # a download is started by people only
            return
        if not len(project.pool()):
            return
        _ = project.snapshot().audit_order  # the strip above any page asks for it
        between()
        project.use(host.shared.encoder(active.spec))
        snapshot = project.snapshot()
        steps: tuple[Callable[[Snapshot], object], ...]
        learned, others = (_learn, _label, _export), (searcher_of, groups_of, _clusters)
        steps = (of_pool, _begin, _prompts, *learned, *others)
        if fitting.is_long(snapshot):  # what needs no fit does not wait for it
            steps = (of_pool, _begin, _prompts, *others, _texts, *learned)
        if snapshot.pool.many:  # what is left out takes minutes, or is found by the search
            steps = (of_pool, _learn, behind.find_alike)
        with pausing(between):
            for step in (*steps, _texts):
                between()
                step(snapshot)


def _begin(snapshot: Snapshot) -> None:
    """Start learning, and have at hand what is shown meanwhile."""
    if not snapshot.classes.problem():
        fitting.begin(snapshot)


def _learn(snapshot: Snapshot) -> None:
    """What the question's classes and labels say of all images."""
    if not snapshot.classes.problem():
        fitting.ahead(snapshot)


def _prompts(snapshot: Snapshot) -> None:
    """What each class would take by its prompts alone."""
    if not snapshot.classes.problem():
        bench(snapshot)


def _label(snapshot: Snapshot) -> None:
    """How far labeling has come."""
    predictions = fitting.latest(snapshot)
    if predictions is not None:
        outlook(snapshot, predictions)


def _export(snapshot: Snapshot) -> None:
    """Where each image would be put, and the rows of the catalog that a plan goes through."""
    iter(snapshot.pool.files)  # of few images all are made, once
    predictions = fitting.latest(snapshot)
    if predictions is not None:
        places(snapshot, predictions, None)


def _clusters(snapshot: Snapshot) -> None:
    """The clusters that the Clusters page begins with, where it has a map to show them on."""
    if read_layout(snapshot) is not None:
        pictures_of(snapshot, usual_number(snapshot))


def _texts(snapshot: Snapshot) -> None:
    """What reads prompts and searches: importing PyTorch for it takes seconds."""
    snapshot.encoder.encode_texts(["a photo"])
