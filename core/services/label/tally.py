"""How far labeling has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.project.label_rows import NONE, SKIPPED, UNSURE, UNUSABLE
from core.project.snapshot import Snapshot


@dataclass(frozen=True)
class Tally:
    """What people have answered so far.

    Attributes:
        counts: labels of each class, in the classes' order.
        skipped, unsure: images with such an answer.
        conflicts: images whose annotators disagree.
        none, unusable: images that are of none of the classes, and those that nobody can use.
        of_groups: images with a group of classes, of which nobody said which class.
    """

    counts: dict[str, int]
    skipped: int
    unsure: int
    conflicts: int
    none: int = 0
    unusable: int = 0
    of_groups: int = 0

    @property
    def labeled(self) -> int:
        """Images with a label of one of the classes or groups."""
        return sum(self.counts.values()) + self.of_groups


def tally(snapshot: Snapshot) -> Tally:
    """Count the answers of a snapshot."""
    human, labels = snapshot.human, snapshot.labels
    counts = np.bincount(human[human >= 0], minlength=len(snapshot.names))
    return Tally(
        dict(zip(snapshot.names, counts.tolist(), strict=True)),
        int((labels.codes == SKIPPED).sum()),
        int((labels.codes == UNSURE).sum()),
        int(labels.conflicts.sum()),
        int((labels.codes == NONE).sum()),
        int((labels.codes == UNUSABLE).sum()),
        int((snapshot.nodes >= len(snapshot.names)).sum()),
    )
