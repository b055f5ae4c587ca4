"""Look-alikes of very many images are found in the background; labeling works without them.

The neighbours that the model hears lie in the disk cache once they are there, and count from then
on.
"""

from __future__ import annotations

from contextlib import suppress

from core.learn.large.graph import likely_graph
from core.project.snapshot import NEIGHBOURS, Snapshot
from core.runtime.errors import StorageError
from core.runtime.progress import Report
from core.runtime.rows import StoredRows


def find_neighbours(snapshot: Snapshot, report: Report) -> float:
    """Find the neighbours of each of very many images and keep them; returns the recall.

    Raises:
        Cancelled: asked to stop.
    """
    looks = snapshot.looks
    assert isinstance(looks, StoredRows), "of few images they are found at once"
    graph, recall = likely_graph(looks, NEIGHBOURS, report)
    # The measure first: whoever sees the neighbours can read it.
    with suppress(StorageError):
        snapshot.derived.write(_measure(snapshot), {"recall": recall, "images": len(snapshot)})
        snapshot.derived.write(snapshot.neighbours_name, graph.neighbours)
    return recall


def recall_of(snapshot: Snapshot) -> float | None:
    """Which share of the true neighbours was found, as measured then; None where nobody knows."""
    return snapshot.derived.recalled(_measure(snapshot), lambda written: float(written["recall"]))


def _measure(snapshot: Snapshot) -> str:
    return snapshot.neighbours_name.replace(".npy", ".json")
