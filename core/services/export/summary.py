"""How much a run would write, counted without a plan: what a page can say at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.export.options import ExportOptions
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.export.backing_off import Places, places


@dataclass(frozen=True, eq=False)
class Summary:
    """The counts of the plan that ``core.services.export.runs.plan`` makes of the same choices.

    Attributes:
        files: files to write; exact duplicates are several files of one image.
        bytes_total: size of them.
        counts: files in each class folder, without those in review/.
        review: files in review/.
        unsure: (N,) bool, images of the pool that go to review/.
        places: the class or group that each image is given.
        outside: (N,) bool, images that are not written; None when all are.
    """

    files: int
    bytes_total: int
    counts: dict[str, int]
    review: int
    unsure: np.ndarray
    places: Places
    outside: np.ndarray | None = None

    def least_certain(self, name: str, count: int) -> list[int]:
        """Rows of the images in the folder of a class or group, the least probable first."""
        of_class = self.places.nodes == self.places.names.index(name)
        if self.outside is not None:
            of_class &= ~self.outside
        rows = np.flatnonzero(of_class & ~self.unsure)
        confidence = self.places.probability[rows]
        return rows[np.argsort(confidence, kind="stable")[:count]].tolist()


def summary(
    snapshot: Snapshot,
    predictions: Predictions,
    options: ExportOptions,
    doubts: Sequence[str | None] | None = None,
) -> Summary:
    """Count what a run of these choices would write.

    Args:
        doubts: (N,) as for the plan.
    """
    pool, place = snapshot.pool, places(snapshot, predictions, options.review_below)
    unsure = np.zeros(len(pool), dtype=bool)
    # As the plan compares them: in double precision, and NaN counts as unsure.
    if options.review_below is not None:
        unsure |= ~(place.probability.astype(np.float64) >= options.review_below)
    if options.review_margin is not None:
        unsure |= ~(place.margin.astype(np.float64) >= options.review_margin)
    if options.review_ratio is not None:
        unsure |= ~(place.ratio >= options.review_ratio)
    if doubts is not None:
        unsure |= np.array([doubt is not None for doubt in doubts], dtype=bool)
    unsure &= ~place.by_people
    copies = pool.copies
    sorted_ = np.bincount(
        place.nodes, np.where(unsure, 0, copies), minlength=len(place.names)
    ).astype(int)
    counts = dict(zip(place.names, sorted_.tolist(), strict=True))
    leaves = len(predictions.names)
    return Summary(
        files=int(copies.sum()),
        bytes_total=pool.bytes_total,
        counts={name: n for at, (name, n) in enumerate(counts.items()) if n or at < leaves},
        review=int(copies[unsure].sum()),
        unsure=unsure,
        places=place,
    )
