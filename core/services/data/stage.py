"""Where one stands with a question: its figures at a glance, and the step that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.export.record.past import Run, runs_of
from core.learn.judging.estimates import Estimates
from core.project.snapshot import Snapshot

LEAST = 10
"""Random images with a class from which the accuracy can be told."""


class Step(StrEnum):
    """What comes next on the way from a folder to an export."""

    OPEN = "open"
    EMBED = "embed"
    CLASSES = "classes"
    LABEL = "label"
    EXPORT = "export"
    DONE = "done"


@dataclass(frozen=True)
class Stage:
    """A question at a glance.

    Attributes:
        images: that can be worked with.
        classes: of the question.
        labels: images with a label of one of the classes or groups.
        audited: those drawn at random with a class.
        accuracy: share right and its 95 % interval, of the random images; None until it is known.
        exports: how many are on record; last: the latest of them.
        since: labels given after it.
        next: the step that comes next.
    """

    images: int
    classes: int
    labels: int
    audited: int
    accuracy: tuple[float, float, float] | None
    exports: int
    last: Run | None
    since: int
    next: Step


def stage(snapshot: Snapshot, estimates: Estimates | None, goal: float) -> Stage:
    """Look where a question stands; nothing is fitted or read for it.

    Args:
        estimates: what the random images say, if that is worked out already.
        goal: the accuracy at which labeling may stop, 0 to 1.
    """
    runs = runs_of(snapshot.workspace.runs)
    last = runs[-1] if runs else None
    since = 0 if last is None else int((snapshot.labels.times > last.when.timestamp()).sum())
    labels, audited = int((snapshot.nodes >= 0).sum()), len(snapshot.audit)
    accuracy = reached = None
    if estimates is not None and estimates.accuracy.value is not None and audited >= LEAST:
        share = estimates.accuracy
        accuracy = (estimates.accuracy.value, share.low, share.high)
        reached = estimates.stop.low >= goal
    labeled_all = len(snapshot) > 0 and bool(np.all(snapshot.is_answered))
    if not len(snapshot):
        following = Step.EMBED
    elif snapshot.classes.problem():
        following = Step.CLASSES
    elif not (reached or labeled_all):
        following = Step.LABEL
    else:
        following = Step.DONE if last is not None and not since else Step.EXPORT
    return Stage(
        len(snapshot), len(snapshot.names), labels, audited, accuracy, len(runs), last, since,
        following,
    )  # fmt: skip
