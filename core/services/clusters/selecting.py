"""Selected images in the order in which they deserve a look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot


def least_probable_first(
    snapshot: Snapshot, predictions: Predictions, ids: Sequence[str]
) -> list[str]:
    """Image ids by the probability of their predicted class, rising; labeled ones last.

    What people labeled, with a class or a group of them, is decided, so it comes after all that is
    not.
    """
    rows = snapshot.pool.rows_of(ids)
    labeled, sure = snapshot.nodes[rows] >= 0, predictions.assigned_probability()[rows]
    return [ids[place] for place in np.lexsort((rows, sure, labeled))]
