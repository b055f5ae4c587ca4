"""Groups of images that no class explains well, with names that might suit them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.learn.groups.clusters import name_clusters
from core.learn.large.clusters import kmeans_of
from core.learn.models.softmax import softmax
from core.project.snapshot import Snapshot
from core.prompts.words import nouns
from core.prompts.zeroshot import prototypes
from core.runtime.progress import Report
from core.runtime.rows import rows_of
from core.services.predict.predicting import predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.likeness import Likeness, likeness

LEAST_SHARE = 0.005  # of the collection: smaller groups are not worth a class
MOST = 8
NAMES = 4


@dataclass(frozen=True)
class Suggestion:
    """A group of images.

    Attributes:
        rows: (n,) int64 rows of the pool, the most typical first.
        confidence: mean probability of the class that the prompts give its images.
        taken, share: the class that takes most of them, and what share of them.
        names: words of a general list that come nearer than any class, best first; perhaps none.
            About half of them are wrong, so they are no more than an idea.
        like: the class that the group belongs to all the same, as far as can be told.
    """

    rows: np.ndarray
    confidence: float
    taken: str
    share: float
    names: list[str]
    like: Likeness | None = None


def suggest(snapshot: Snapshot, report: Report | None = None) -> list[Suggestion]:
    """The groups that the prompts are least sure of, the least sure first.

    Only groups whose images get less than the collection's mean confidence are returned.

    Raises:
        WinnowError: the classes are not complete.
        Cancelled: asked to stop.
    """
    report = report or Report()
    pool = snapshot.pool
    report.step("Looking for groups")
    k = min(max(12, 3 * len(snapshot.names)), 60, max(1, len(pool) // 5))
    clusters = kmeans_of(pool.stored, k)
    prompted = len(snapshot.names) - (snapshot.classes.none is not None)
    probabilities = softmax(zero_shot(snapshot).logits[:, :prompted])
    report.step("Looking for names")
    own = {name.casefold() for name in snapshot.names}
    words = [word for word in nouns() if word.casefold() not in own]
    embedded, middle = snapshot.text_vectors(words), pool.stored.mean(axis=0, dtype=np.float32)
    names = name_clusters(clusters.centres, middle, embedded, NAMES)
    classes = prototypes(snapshot.encoder, snapshot.classes, snapshot.texts)[:prompted]
    result = []
    for cluster in range(len(clusters.sizes)):
        rows = np.flatnonzero(clusters.assignment == cluster)
        centre = clusters.centres[cluster] - middle
        least = float((classes @ centre).max())
        group = [words[i] for i in names[cluster] if float(embedded[i] @ centre) > least]
        suggestion = _suggestion(snapshot, rows, clusters.centres[cluster], probabilities, group)
        if suggestion is not None:
            result.append(suggestion)
    result = sorted(result, key=lambda s: s.confidence)[:MOST]
    report.step("Comparing with the classes")
    predictions = predict(snapshot)
    return [replace(s, like=likeness(snapshot.looks, predictions, s.rows)) for s in result]


def _suggestion(
    snapshot: Snapshot,
    rows: np.ndarray,
    centre: np.ndarray,
    probabilities: np.ndarray,
    names: list[str],
) -> Suggestion | None:
    """The group of ``rows`` around ``centre`` (D,); None when it is small or well explained.

    Args:
        probabilities: (N, K) of the prompts alone.
    """
    pool, sure = snapshot.pool, probabilities.max(axis=1)
    confidence = float(sure[rows].mean())
    if len(rows) < LEAST_SHARE * len(pool) or confidence >= float(sure.mean()):
        return None
    taken = probabilities[rows].argmax(axis=1)
    counts = np.bincount(taken, minlength=probabilities.shape[1])
    near = rows_of(pool.stored, rows) @ centre
    return Suggestion(
        rows[np.argsort(-near, kind="stable")],
        confidence,
        snapshot.names[int(counts.argmax())],
        float(counts.max() / len(rows)),
        names,
    )
