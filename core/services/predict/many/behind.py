"""Look-alikes of very many images are found in the background; labeling works without them.

The neighbours that the model hears lie in the disk cache once they are there, and count from then
on. Until then the parts of them that are found lie there, so that a server that is stopped goes on
where it was.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from core.learn.large.graph import likely_graph
from core.project.derived import Derived
from core.project.snapshot import NEIGHBOURS, Snapshot
from core.runtime.errors import StorageError
from core.runtime.progress import Report
from core.runtime.rows import StoredRows


@dataclass(frozen=True)
class _Parts:
    """Parts of the neighbours of one collection, in the disk cache.

    Attributes:
        name: of the file that all of them become.
    """

    derived: Derived
    name: str

    def read(self, begin: int) -> np.ndarray | None:
        """The part whose first image is row ``begin``; None where it is not there."""
        return self.derived.recalled(self._part(begin), np.asarray)

    def write(self, begin: int, rows: np.ndarray) -> None:
        """Keep a part; a full disk keeps none, and the search goes on."""
        with suppress(StorageError):
            self.derived.write(self._part(begin), rows)

    def drop(self) -> None:
        """Remove all parts."""
        whole = self.derived.path(self.name)
        for part in whole.parent.glob(f"{whole.stem}-*.npy"):
            with suppress(OSError):  # it is unused, no more
                part.unlink()

    def _part(self, begin: int) -> str:
        return self.name.replace(".npy", f"-{begin:09d}.npy")


def find_neighbours(snapshot: Snapshot, report: Report) -> float:
    """Find the neighbours of each of very many images and keep them; returns the recall.

    What an earlier search had found when it was stopped is not searched for again.

    Raises:
        Cancelled: asked to stop.
    """
    looks = snapshot.looks
    assert isinstance(looks, StoredRows), "of few images they are found at once"
    parts = _Parts(snapshot.derived, snapshot.neighbours_name)
    graph, recall = likely_graph(looks, NEIGHBOURS, report, parts)
    # The measure first: whoever sees the neighbours can read it.
    with suppress(StorageError):
        snapshot.derived.write(_measure(snapshot), {"recall": recall, "images": len(snapshot)})
        snapshot.derived.write(snapshot.neighbours_name, graph.neighbours)
        parts.drop()
    return recall


def recall_of(snapshot: Snapshot) -> float | None:
    """Which share of the true neighbours was found, as measured then; None where nobody knows."""
    return snapshot.derived.recalled(_measure(snapshot), lambda written: float(written["recall"]))


def _measure(snapshot: Snapshot) -> str:
    return snapshot.neighbours_name.replace(".npy", ".json")
