"""What the Prompts page asks of a snapshot: previews, the worth of a prompt, versions compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import share_interval
from core.learn.models.softmax import softmax
from core.project.snapshot import Snapshot
from core.prompts.comparing import VersionComparison, compare_versions
from core.prompts.contribution import Contribution, contributions
from core.prompts.preview import ClassPreview, preview
from core.prompts.vocabulary import Vocabulary
from core.services.predict.zero_shot import zero_shot


@dataclass(frozen=True, eq=False)
class Bench:
    """The prompts alone, without what labels teach.

    Attributes:
        probabilities: (N, K) float32, zero-shot.
        previews: one a class.
        labeled, right: labeled images of these classes, and how many the prompts get right.
        low, high: 95 % interval of that share. The labels are no random sample.
    """

    probabilities: np.ndarray
    previews: list[ClassPreview]
    labeled: int
    right: int
    low: float
    high: float


def bench(snapshot: Snapshot, size: int) -> Bench:
    """Score the pool against the prompts and choose the images to show.

    Args:
        size: images a strip.
    """
    probabilities = softmax(zero_shot(snapshot).logits)
    labeled = np.flatnonzero(snapshot.human >= 0)
    right = int((probabilities[labeled].argmax(axis=1) == snapshot.human[labeled]).sum())
    low, high = share_interval(right, len(labeled))
    return Bench(probabilities, preview(probabilities, size), len(labeled), right, low, high)


def worth(snapshot: Snapshot, k: int) -> list[Contribution]:
    """What each prompt of class ``k`` wins and loses."""
    prompts = list(snapshot.classes.classes[k][1])
    return contributions(
        prompts,
        snapshot.text_scores(prompts),
        snapshot.text_vectors(prompts),
        zero_shot(snapshot).scores,
        k,
        snapshot.human,
    )


def flips(snapshot: Snapshot, before: Vocabulary, after: Vocabulary) -> VersionComparison:
    """Compare two versions of the prompts on all images, without what labels teach."""
    return compare_versions(
        softmax(zero_shot(snapshot.under(before)).logits),
        softmax(zero_shot(snapshot.under(after)).logits),
        before.names,
        after.names,
        snapshot.labels.texts(),
    )
