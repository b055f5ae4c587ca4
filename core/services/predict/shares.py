"""How many images of each class the collection really has, whatever the model takes for what.

Counting predictions counts the model's confusions along: a class that others are taken for seems
large. The random images say by how much, and are too few to count themselves alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from core.learn.judging.intervals import paired_interval
from core.learn.predictions import Predictions
from core.project.label_rows import NONE, UNUSABLE
from core.project.snapshot import Snapshot

LEAST = 10
"""Random images from which shares are told."""


@dataclass(frozen=True)
class ClassSize:
    """One class.

    Attributes:
        name: of the class.
        images: how many of the collection are of it, about.
        low, high: the 95 % interval of that.
        assigned: how many are predicted or labeled to be of it.
    """

    name: str
    images: int
    low: int
    high: int
    assigned: int


def class_sizes(snapshot: Snapshot, predictions: Predictions) -> list[ClassSize]:
    """The size of each class, in their order; empty below `LEAST` random images.

    What is predicted of the whole collection, corrected by how much oftener or more rarely the
    random images are of the class than models that did not see them say (the difference estimator
    of survey sampling; its interval is that of a difference of paired shares). No size leaves what
    the labels that there are allow. Random images that people called none of the classes are of
    none; those that nobody could tell take no part.
    """
    truth, predicted = _random_images(snapshot, predictions)
    n, total, classes = len(truth), len(snapshot), len(predictions.names)
    if n < LEAST:
        return []
    believed = np.bincount(predictions.probabilities.argmax(axis=1), minlength=classes) / total
    labeled = np.bincount(predictions.human[predictions.human >= 0], minlength=classes)
    assigned = np.bincount(predictions.assigned, minlength=classes)
    off = truth != predicted
    missed = np.bincount(truth[off & (truth >= 0)], minlength=classes).tolist()
    wrong = np.bincount(predicted[off], minlength=classes).tolist()
    interval = cache(partial(paired_interval, n=n))  # of most classes nothing is missed or wrong
    sizes = []
    for k, name in enumerate(predictions.names):
        corrections = ((missed[k] - wrong[k]) / n, *interval(missed[k], wrong[k]))
        least, most = int(labeled[k]), total - int(labeled.sum()) + int(labeled[k])
        about, low, high = (
            min(max(round(float((believed[k] + by) * total)), least), most) for by in corrections
        )
        sizes.append(ClassSize(name, about, low, high, int(assigned[k])))
    return sizes


def _random_images(snapshot: Snapshot, predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """(n,) true class, -1 for none, and predicted class of the random images that are told."""
    audit = predictions.audit
    strays = snapshot.audited[np.isin(snapshot.labels.codes[snapshot.audited], (NONE, UNUSABLE))]
    strays = strays[predictions.human[strays] < 0]
    unseen = predictions.unseen.argmax(axis=1) if len(audit) else audit
    stray = predictions.probabilities[strays].argmax(axis=1)
    truth = np.concatenate([predictions.human[audit], np.full(len(strays), -1)])
    return truth, np.concatenate([unseen, stray])


def sizes_json(sizes: list[ClassSize]) -> dict[str, Any]:
    """Class → its size, under the attributes' names."""
    return {size.name: {k: v for k, v in asdict(size).items() if k != "name"} for size in sizes}
