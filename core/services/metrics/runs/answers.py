"""By which images it is decided who is right: the random ones, or those of a truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.label_review import review


@dataclass(frozen=True, eq=False)
class Answers:
    """Images whose class is known for sure.

    Attributes:
        rows: (n,) of the pool.
        classes: (N,) objects, the class of each image; None for none.
        population: images that these were drawn from at random; None where they were not drawn.
        images: what they are called.
    """

    rows: np.ndarray
    classes: np.ndarray
    population: int | None
    images: str


def random_images(snapshot: Snapshot) -> Answers:
    """The random images with a class: they speak for the whole collection."""
    classes = np.array([*snapshot.names, None], dtype=object)[snapshot.human]
    return Answers(snapshot.audit, classes, len(snapshot), "random images")


def of_truth(snapshot: Snapshot, truth: Mapping[str, str]) -> Answers:
    """The images of a truth: relative path → class, in any spelling of it.

    Raises:
        WinnowError: it names no image, or no class, of the collection.
    """
    by_row = review(snapshot, truth).labels
    if not by_row:
        snapshot.match(truth, " of the truth file")
        raise WinnowError("No row of the truth file counts: write path,label with real classes.")
    classes = np.full(len(snapshot), None, dtype=object)
    for row, name in by_row.items():
        classes[row] = name
    rows = np.flatnonzero([name is not None for name in classes])
    return Answers(rows, classes, None, "images of the truth")
