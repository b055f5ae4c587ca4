"""Levels of recall: how large a share of a class is in its own folder or in review/.

What is put elsewhere goes to review where it is too probable that it is of the class. So whoever
looks through the folder of the class and review/ comes upon that share of it.

Beside a precision the recall is settled first, with its part of the risk, and the precision speaks
of what is left in the folders. The audit image at which the threshold of the recall comes to lie
stays among them, and so counts as a wrong one: then wrong ones that came before it are a sample of
their own, as in inverse sampling (Haldane, Biometrika 1945).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.promises.outlook import labels_for_recall
from core.learn.promises.thresholds import recall_carried, recall_threshold
from core.learn.tree.class_tree import ClassTree
from core.services.export.promises.evidence import Chains, Judged
from core.services.export.promises.parts import Part, rounded


@dataclass(frozen=True, eq=False)
class Recalled:
    """A recall and the images that it takes out of the class folders.

    Attributes:
        part: the evidence.
        leaving: (N,) bool, images of other classes that may be of it; audits: (m,) bool, the same
            of the audit images.
    """

    part: Part
    leaving: np.ndarray
    audits: np.ndarray


def recalled(
    tree: ClassTree,
    name: str,
    level: float,
    risk: float,
    judged: Judged,
    perhaps: int,
    probabilities: np.ndarray,
    now: Chains,
    waiting: np.ndarray,
    unanswered: int,
    backing_off: bool,
) -> Recalled:
    """What can be promised of the recall of a class or group.

    Args:
        judged: the audit images.
        perhaps: audit images that may be of it, for all that is known of them: they count as ones
            that are missed.
        probabilities: (N, K); now, waiting: of the same images, and which are to be sorted.
        backing_off: whether unsure images of a class are put in groups.
    """
    columns = tree.holds[tree.number[name]]
    elsewhere = ~columns[judged.chains.leaf]
    audited = np.where(elsewhere, judged.probabilities[:, columns].sum(axis=1, dtype=float), -1.0)
    own = (judged.truth >= 0) & columns[judged.truth]
    # Given the class itself, an image is found at any threshold.
    reached = np.where(elsewhere[own], audited[own], 1.0)
    threshold = recall_threshold(np.concatenate([reached, np.full(perhaps, -1.0)]), level, risk)
    likely = probabilities[:, columns].sum(axis=1, dtype=float)
    rows = np.flatnonzero(waiting & ~columns[now.leaf])
    value = rounded(recall_carried(threshold, audited, likely[rows], int(waiting.sum())), up=False)
    leaving = np.zeros(len(likely), dtype=bool)
    leaving[rows] = likely[rows] >= (np.inf if value is None else value)
    share = float(likely[waiting].mean()) if waiting.any() else 0.0
    more = labels_for_recall(threshold.images, share, level, risk, unanswered)
    names = tuple(tree.names[leaf] for leaf in np.flatnonzero(columns).tolist())
    above = tree.path(tree.number[name])[:-1] if backing_off else []
    part = Part(
        names, level, value, threshold.images, threshold.wrong, more, "recall", name,
        tuple(tree.names[node] for node in above),
    )  # fmt: skip
    settled = np.inf if threshold.value is None else threshold.value
    return Recalled(part, leaving, elsewhere & (audited > settled))
