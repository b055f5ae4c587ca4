"""What the Clusters page shows in one run of its script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.clusters.layout import Layout
from core.services.data.metadata.grouping import Grouping
from core.ui.clusters.colouring import Colouring


@dataclass(frozen=True, eq=False)
class View:
    """A collection on its map.

    Attributes:
        layout: where its images are.
        k: the number of clusters that was asked for; there may be fewer.
        colours: of the points.
        visible: (N,) bool, the images that pass the filters; None for all.
        grouped: rows (n,) of the visible images and their groups, which are listed in place of the
            clusters; None where clusters are.
    """

    snapshot: Snapshot
    predictions: Predictions
    layout: Layout
    k: int
    clusters: Clusters
    colours: Colouring
    visible: np.ndarray | None
    grouped: tuple[np.ndarray, Grouping] | None = None

    def members(self, number: int) -> np.ndarray:
        """Rows of the group with that number, from 1; none where there is no such group."""
        if self.grouped is None:
            return np.empty(0, dtype=np.intp)
        rows, made = self.grouped
        return rows[made.members(number - 1)]
