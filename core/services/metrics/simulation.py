"""Labeling played through on a project whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.images.names import shown
from core.learn.asking.simulation import Plan, Point, Scene, play
from core.learn.models.neighbourhood import knn_graph
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.predict.graphs import graph_of


@dataclass(frozen=True)
class Simulation:
    """What came of some runs.

    Attributes:
        points: a point a budget and seed, runs one after the other.
        zero_shot_accuracy: of the prompts alone on all images that took part.
        images: how many took part.
        unknown: images of the project without a truth, which did not.
        absent: classes that no image is of.
    """

    points: list[Point]
    zero_shot_accuracy: float
    images: int
    unknown: int
    absent: list[str]


def simulate(
    project: Project,
    vocabulary: Vocabulary,
    truth: Mapping[str, str],
    plan: Plan,
    seeds: int,
    heldout: float,
    report: Report,
) -> Simulation:
    """Play ``plan`` once a seed, with ``truth`` in place of a person.

    Args:
        truth: relative path → class.
        heldout: share of the images, another draw each seed, that are never asked about.

    Raises:
        WinnowError: a true class is not in the vocabulary, or there are too few images.
    """
    scene, unknown, absent = _scene(project, vocabulary, truth, plan)
    images = len(scene.truth)
    apart = round(heldout * images)
    if images - apart < max(1, plan.budgets[-1]):
        held = f", {apart} of them held out" if apart else ""
        raise WinnowError(
            f"The largest budget is {plan.budgets[-1]} labels and only {images} images have a "
            f"truth{held}: give smaller --budgets."
        )
    points: list[Point] = []
    for seed in range(seeds):
        rows = np.random.default_rng([seed, 1]).permutation(images)[:apart]

        def told(labels: int, seed: int = seed) -> None:
            done = seed * plan.budgets[-1] + labels
            last = f", accuracy {points[-1].accuracy:.0%}" if points else ""
            note = f"run {seed + 1} of {seeds}{last}"
            report.step("Labels", done, seeds * plan.budgets[-1], note)

        for point in play(replace(scene, heldout=rows), plan, seed, told):
            points.append(point)
    right = scene.logits.argmax(axis=1) == scene.truth
    return Simulation(points, float(right.mean()), images, unknown, absent)


def _scene(
    project: Project, vocabulary: Vocabulary, truth: Mapping[str, str], plan: Plan
) -> tuple[Scene, int, list[str]]:
    """The images that have a truth; how many have none; the classes that none is of."""
    pool, names = project.pool(), vocabulary.names
    rows_of = pool.row_of_path()
    classes = np.full(len(pool), -1, dtype=np.int64)
    for path, label in truth.items():
        if path not in rows_of:
            continue
        if label not in names:
            raise WinnowError(
                f"The truth calls {shown(path)} {label!r}, which is not among the classes "
                f"({', '.join(names[:10])}): correct the truth or add the class."
            )
        classes[rows_of[path]] = names.index(label)
    rows = np.flatnonzero(classes >= 0)
    if not len(rows):
        raise WinnowError(
            f"None of the {len(truth)} paths of the truth file is an image of "
            f"{project.workspace.images}: write paths relative to that folder."
        )
    zero = project.zero_shot(vocabulary)
    looks, graph = project.looks()[rows], None
    if plan.model == "fused":
        whole = len(rows) == len(pool)
        graph = graph_of(project.workspace.cache, pool, looks) if whole else knn_graph(looks)
    scene = Scene(looks, zero.logits[rows], classes[rows], zero.scores[rows], graph)
    absent = [name for number, name in enumerate(names) if number not in classes]
    return scene, len(pool) - len(rows), absent
