"""What the models of one pool share."""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.learn.models.cluster_prior import Groups
from core.learn.models.frame import Frame

__all__ = ["Large"]


@dataclass(frozen=True, eq=False)
class Large:
    """What follows from the vectors and the number of classes alone, and of many takes seconds.

    `frame` of the pool; `groups` of the cluster prior, none until there are labels enough, one
    after that; `grouping`: held by whoever makes them.
    """

    frame: Frame
    groups: list[Groups] = field(default_factory=list)
    grouping: threading.Lock = field(default_factory=threading.Lock)

    def grouped(self, vectors: NDArray[np.float32], classes: int) -> Groups:
        """Return the groups of the pool's vectors (N, D), made by whoever asks first."""
        with self.grouping:
            if not self.groups:
                self.groups.append(Groups.make(vectors, self.frame, classes))
        return self.groups[0]
