"""What the Clusters page shows in one run of its script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.clusters.layout import Layout
from core.ui.clusters.colouring import Colouring


@dataclass(frozen=True, eq=False)
class View:
    """A collection on its map.

    Attributes:
        layout: where its images are.
        k: the number of clusters that was asked for; there may be fewer.
        colours: of the points.
        visible: (N,) bool, the images that pass the filters; None for all.
    """

    snapshot: Snapshot
    predictions: Predictions
    layout: Layout
    k: int
    clusters: Clusters
    colours: Colouring
    visible: np.ndarray | None
