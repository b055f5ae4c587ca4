"""Labeling played through on a collection whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.images.names import shown
from core.learn.asking.simulation import Plan, Point, Scene, play_runs
from core.learn.comparison_models import MODELS, WINNOW
from core.learn.models.neighbourhood import knn_graph
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.label_review import review
from core.services.predict.graphs import graph_of
from core.services.predict.voters import beside
from core.services.predict.words import words_of
from core.services.predict.zero_shot import zero_shot


@dataclass(frozen=True)
class Simulation:
    """What came of some runs.

    Attributes:
        points: a point a budget and seed, runs one after the other.
        zero_shot_accuracy: of the prompts alone on all images that took part.
        images: how many took part.
        unknown: images of the collection without a truth, which did not.
        absent: classes that no image is of.
    """

    points: list[Point]
    zero_shot_accuracy: float
    images: int
    unknown: int
    absent: list[str]


def simulate(
    snapshot: Snapshot,
    truth: Mapping[str, str],
    plan: Plan,
    seeds: int,
    heldout: float,
    report: Report,
) -> Simulation:
    """Play ``plan`` once a seed, with ``truth`` in place of a person.

    Args:
        truth: relative path → class.
        seeds: how many runs.
        heldout: share of the images, another draw each seed, that are never asked about.

    Raises:
        WinnowError: a true class is not among the snapshot's, or there are too few images.
        Cancelled: asked to stop.
    """
    scene, unknown, absent = _scene(snapshot, truth, plan)
    images = len(scene.truth)
    apart = round(heldout * images)
    if images - apart < max(1, plan.budgets[-1]):
        held = f", {apart} of them held out" if apart else ""
        raise WinnowError(
            f"The largest budget is {plan.budgets[-1]} labels and only {images} images have a "
            f"truth{held}: give smaller --budgets."
        )
    points = play_runs(scene, plan, seeds, apart, report)
    logits = scene.logits if scene.words is None else scene.words.joint
    right = logits.argmax(axis=1) == scene.truth
    return Simulation(points, float(right.mean()), images, unknown, absent)


def _scene(
    snapshot: Snapshot, truth: Mapping[str, str], plan: Plan
) -> tuple[Scene, int, list[str]]:
    """The images that have a truth; how many have none; the classes that none is of."""
    pool, names = snapshot.pool, snapshot.names
    classes = np.full(len(pool), -1, dtype=np.int64)
    seen = review(snapshot, truth)
    if not seen.labels:
        snapshot.match(truth, " of the truth file")
    for row, label in seen.labels.items():
        if label in seen.unknown:
            path = shown(pool.paths[row])
            raise WinnowError(
                f"The truth calls {path} {label!r}, which is not among the classes "
                f"({', '.join(names[:10])}): correct the truth or add the class."
            )
        classes[row] = names.index(label)
    rows = np.flatnonzero(classes >= 0)
    zero = zero_shot(snapshot)
    looks, graph = snapshot.looks[rows], None
    if MODELS[plan.model].neighbours:
        whole = len(rows) == len(pool)
        graph = graph_of(snapshot.derived, pool, looks) if whole else knn_graph(looks)
    words = words_of(snapshot, zero)
    part = None if words is None else words.take(rows)
    hits = zero.scores[rows] if part is None else part.joint
    others = beside(snapshot, rows) if plan.model == WINNOW else []
    scene = Scene(looks, zero.logits[rows], classes[rows], hits, graph, words=part, others=others)
    absent = [name for number, name in enumerate(names) if number not in classes]
    return scene, len(pool) - len(rows), absent
