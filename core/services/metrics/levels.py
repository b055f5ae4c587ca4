"""How good predictions are at the groups of classes, on the images of a comparison."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.learn.judging.metrics import Evaluation
from core.learn.tree.levels import levels
from core.project.snapshot import Snapshot
from core.services.metrics.comparison import Comparison


def levels_of(snapshot: Snapshot, compared: Comparison) -> list[Evaluation]:
    """An evaluation of each level of groups, the top first; none without groups.

    Images of which the group alone is known count where it says something. Those whose true class
    is none of the question's are left out: they have no group.
    """
    tree = snapshot.tree
    inside = compared.truth < tree.leaves
    truth, probabilities = compared.truth[inside], compared.probabilities[inside]
    if (alone := compared.groups) is not None:
        truth = np.concatenate([truth, alone.nodes])
        probabilities = np.concatenate([probabilities, alone.probabilities])
    if tree.is_flat or not len(truth):
        return []
    return levels(tree, truth, probabilities)


def levels_json(evaluations: list[Evaluation]) -> list[dict[str, Any]]:
    """The entry ``levels`` of ``winnow evaluate --json``."""
    return [
        {
            "labels": one.labels,
            "n": one.n,
            "accuracy": one.accuracy,
            "accuracy_low": one.accuracy_low,
            "accuracy_high": one.accuracy_high,
            "macro_f1": one.macro_f1,
        }
        for one in evaluations
    ]


def sentence(one: Evaluation) -> str:
    """The accuracy of one level in words."""
    return (
        f"{', '.join(one.labels[:6])}{' …' if len(one.labels) > 6 else ''}: {one.accuracy:.1%} "
        f"of {one.n:,} images right ({one.accuracy_low:.1%} – {one.accuracy_high:.1%})"
    )
