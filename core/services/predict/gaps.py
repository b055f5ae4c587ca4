"""What the classes lack: classes that no image goes to, and classes that nobody labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.learn.predictions import Predictions

LEAST_LABELED, LEAST_LABELED_A_CLASS, SURELY = 30, 5, 50
"""Labels in all, and on average a class, from which on a class without any is worth a word; and how
many are enough with any number of classes."""
_NAMED = 3  # classes that a sentence names; of more it says how many


@dataclass(frozen=True)
class Gaps:
    """Classes that want a look.

    Attributes:
        empty: classes that no image is predicted to be, or was given by a person.
        unlabeled: other classes that no image was given, though many were labeled.
        labeled: images of these classes that people labeled.
    """

    empty: list[str]
    unlabeled: list[str]
    labeled: int

    def sentences(self) -> list[str]:
        """What to say of them, and what to do; empty where nothing is amiss."""
        lines = []
        if self.empty:
            lines.append(
                f"No image is predicted to be {listed(self.empty)}: change the prompts, label "
                "images, or remove what is not in the collection."
            )
        if self.unlabeled:
            lines.append(
                f"No image is labeled {listed(self.unlabeled)}, of {self.labeled:,} labeled: what "
                "is said of it comes from the prompts alone."
            )
        return lines


def gaps(predictions: Predictions) -> Gaps:
    """The classes that lack images or labels."""
    names, classes = predictions.names, len(predictions.names)
    assigned = np.bincount(predictions.assigned, minlength=classes)
    labels = np.bincount(predictions.human[predictions.human >= 0], minlength=classes)
    labeled = int(labels.sum())
    enough = labeled >= min(max(LEAST_LABELED, LEAST_LABELED_A_CLASS * classes), SURELY)
    empty = [name for name, count in zip(names, assigned, strict=True) if not count]
    unlabeled = [
        name
        for name, count, taken in zip(names, labels, assigned, strict=True)
        if enough and not count and taken
    ]
    return Gaps(empty, unlabeled, labeled)


def listed(names: Sequence[str]) -> str:
    """Names as a part of a sentence; of many the first and how many more."""
    few = [f"“{name}”" for name in names[:_NAMED]]
    rest = len(names) - len(few)
    if rest:
        return f"{', '.join(few)} and {rest:,} more"
    return " or ".join([", ".join(few[:-1]), few[-1]]) if len(few) > 1 else few[0]
