"""The long work of the Clusters page: the map, the number of clusters, and their names."""

from __future__ import annotations

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.pool import file_mark
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.services.clusters import count, story
from core.services.clusters.layout import make_layout
from core.store.metadata.versions import index_file
from core.tags.vocabulary import Tags
from core.ui.session import fitting, tasks

MAP, COUNT = "map", "cluster-count"
"""Kinds of work, see ``tasks``."""


def start_map(snapshot: Snapshot, afresh: bool = False) -> Task:
    """Arrange the map of the present images, or place new ones on it unless ``afresh``."""
    return tasks.start(
        MAP, snapshot.key, "Map", lambda report: make_layout(snapshot, report, afresh)
    )


def start_count(snapshot: Snapshot) -> Task:
    """Look for the number of clusters that comes out most alike."""
    return tasks.start(
        COUNT, snapshot.key, "Number of clusters", lambda report: count.choose(snapshot, report)
    )


def naming(
    snapshot: Snapshot, predictions: Predictions, k: int, clusters: Clusters, tags: Tags
) -> Task:
    """The naming of ``k`` clusters and the search for what they follow, once for each set."""
    brought = [snapshot.workspace.captions, index_file(snapshot.workspace.collection.root)]
    words = f"{'-'.join(map(file_mark, brought))}-{hash(snapshot.words)}"
    basis = f"{snapshot.pool.version}-{hash(snapshot.classes)}-{tags.version}-{words}-{k}"
    if fitting.stands_in(snapshot, predictions):  # told once more when labels are learned
        basis += "-prompts"
    return tasks.once(
        "story", snapshot.key, basis, "Naming the clusters",
        tasks.patiently(lambda report: story.tell(snapshot, clusters, predictions, tags)),
    )  # fmt: skip
