"""What the Prompts page asks of a project: previews, the worth of a prompt, versions compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import wilson
from core.learn.models.softmax import softmax
from core.project.project import Project
from core.prompts.comparing import VersionComparison, compare_versions
from core.prompts.contribution import Contribution, contributions
from core.prompts.preview import ClassPreview, preview
from core.prompts.vocabulary import Vocabulary


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


def bench(project: Project, vocabulary: Vocabulary, size: int) -> Bench:
    """Score the pool against the prompts and choose the images to show."""
    probabilities = softmax(project.zero_shot(vocabulary).logits)
    human = _human(project, vocabulary)
    labeled = np.flatnonzero(human >= 0)
    right = int((probabilities[labeled].argmax(axis=1) == human[labeled]).sum())
    low, high = wilson(right, len(labeled))
    return Bench(probabilities, preview(probabilities, size), len(labeled), right, low, high)


def worth(project: Project, vocabulary: Vocabulary, k: int) -> list[Contribution]:
    """What each prompt of class ``k`` wins and loses."""
    prompts = list(vocabulary.classes[k][1])
    return contributions(
        prompts,
        project.text_scores(prompts),
        project.text_vectors(prompts),
        project.zero_shot(vocabulary).scores,
        k,
        _human(project, vocabulary),
    )


def flips(project: Project, before: Vocabulary, after: Vocabulary) -> VersionComparison:
    """Compare two versions of the prompts on all images, without what labels teach."""
    classes, pool = project.labels.classes(), project.pool()
    return compare_versions(
        softmax(project.zero_shot(before).logits),
        softmax(project.zero_shot(after).logits),
        before.names,
        after.names,
        [classes.get(image_id) for image_id in pool.ids],
    )


def _human(project: Project, vocabulary: Vocabulary) -> np.ndarray:
    """(N,) index of the class that people gave, -1 for none."""
    index = {name: k for k, name in enumerate(vocabulary.names)}
    rows, result = project.pool().rows, np.full(len(project.pool()), -1, dtype=np.int64)
    for image_id, name in project.labels.classes().items():
        if image_id in rows and name in index:
            result[rows[image_id]] = index[name]
    return result
