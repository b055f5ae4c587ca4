"""Groups of images that no class explains well, with names that might suit them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.groups.clusters import kmeans, name_clusters
from core.learn.models.softmax import softmax
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.prompts.words import nouns
from core.runtime.progress import Report

LEAST_SHARE = 0.005  # of the collection: smaller groups are not worth a class
MOST = 8
NAMES = 4


@dataclass(frozen=True)
class Suggestion:
    """A group of images.

    Attributes:
        rows: of the pool, the most typical first.
        confidence: mean probability of the class that the prompts give its images.
        taken: class of the vocabulary that takes most of them, and what share of them.
        names: words that set the group apart from the collection, best first.
    """

    rows: np.ndarray
    confidence: float
    taken: str
    share: float
    names: list[str]


def suggest(
    project: Project, vocabulary: Vocabulary, report: Report | None = None
) -> list[Suggestion]:
    """The groups that the prompts are least sure of, the least sure first.

    Only groups whose images get less than the collection's mean confidence are returned.
    """
    report = report or Report()
    pool = project.pool()
    report.step("Looking for groups")
    k = min(max(12, 3 * len(vocabulary.names)), 60, max(1, len(pool) // 5))
    found = kmeans(pool.vectors, k)
    probabilities = softmax(project.zero_shot(vocabulary).logits)
    sure, taken = probabilities.max(axis=1), probabilities.argmax(axis=1)
    report.step("Looking for names")
    own = {name.casefold() for name in vocabulary.names}
    words = [word for word in nouns() if word.casefold() not in own]
    names = name_clusters(
        found.centres, pool.vectors.mean(axis=0), project.text_vectors(words), NAMES
    )
    result = []
    for cluster in range(len(found.sizes)):
        rows = np.flatnonzero(found.assignment == cluster)
        counts = np.bincount(taken[rows], minlength=len(vocabulary.names))
        confidence = float(sure[rows].mean())
        if len(rows) < LEAST_SHARE * len(pool) or confidence >= float(sure.mean()):
            continue
        near = pool.vectors[rows] @ found.centres[cluster]
        result.append(
            Suggestion(
                rows[np.argsort(-near, kind="stable")],
                confidence,
                vocabulary.names[int(counts.argmax())],
                float(counts.max() / len(rows)),
                [words[i] for i in names[cluster]],
            )
        )
    return sorted(result, key=lambda s: s.confidence)[:MOST]
