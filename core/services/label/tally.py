"""How far labeling has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.project.label_rows import SKIPPED, UNSURE
from core.project.snapshot import Snapshot


@dataclass(frozen=True)
class Tally:
    """What people have answered so far.

    Attributes:
        counts: labels of each class, in the classes' order.
        skipped, unsure: images with such an answer.
        conflicts: images whose annotators disagree.
    """

    counts: dict[str, int]
    skipped: int
    unsure: int
    conflicts: int

    @property
    def labeled(self) -> int:
        """Images with a label of one of the classes."""
        return sum(self.counts.values())


def tally(snapshot: Snapshot) -> Tally:
    """Count the answers of a snapshot."""
    human, labels = snapshot.human, snapshot.labels
    counts = np.bincount(human[human >= 0], minlength=len(snapshot.names))
    return Tally(
        dict(zip(snapshot.names, counts.tolist(), strict=True)),
        int((labels.codes == SKIPPED).sum()),
        int((labels.codes == UNSURE).sum()),
        int(labels.conflicts.sum()),
    )
