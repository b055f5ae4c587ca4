"""Which head a question learns with: asked for, as set, or the best by the user's own labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.images.names import shown
from core.learn.heads.choosing import LEAST, Contest, Score, contest
from core.learn.heads.measures import ACCURACY, MACRO_F1, Measure, recall_of
from core.learn.heads.names import AUTO, NAMES, PLAIN
from core.learn.heads.registry import HEADS
from core.project.head_file import keep_head
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.predict.predicting import learner
from core.store.workspace import Workspace

_DECIMALS = 6  # as in the manifest
_RECALL = "recall:"


@dataclass(frozen=True)
class HeadUse:
    """The head that is used, and why.

    Attributes:
        asked: a name in `core.learn.heads.names.NAMES`, or "auto".
        used: the head.
        contest: what the heads were compared by; None where nothing was compared.
    """

    asked: str
    used: str
    contest: Contest | None = None

    def sentence(self) -> str:
        """Which head is used and why, for people."""
        title = HEADS[self.used].title
        if self.contest is None:
            return f"Learned with the head “{title}”."
        return f"Learned with the head “{title}”: {why(self.contest)}"

    def as_json(self) -> dict[str, Any]:
        """The entry ``head`` of ``--json``."""
        content: dict[str, Any] = {"asked": self.asked, "used": self.used, "why": self.sentence()}
        if self.contest is not None:
            content |= {
                "measure": self.contest.measure.title,
                "labels": self.contest.labels,
                "compared": [_score_json(score) for score in self.contest.scores],
            }
        return content


def _score_json(score: Score) -> dict[str, Any]:
    numbers = {key: round(value, _DECIMALS) for key, value in vars(score).items() if key != "head"}
    return {"head": score.head} | numbers


def why(compared: Contest) -> str:
    """Why a contest ended as it did, a sentence that begins small."""
    title, labels = compared.measure.title, f"{compared.labels:,} labels"
    name = title[0].lower() + title[1:]
    if not compared.scores:
        return (
            f"too few labels to compare heads ({compared.labels:,}; it takes {LEAST}, of two "
            "classes)."
        )
    best = compared.of(compared.best)
    if best is not None and best.head != PLAIN:
        return f"{name} on your {labels} is better by {_gain(compared, best)} than with “Plain”."
    others = [score for score in compared.scores if score.head != PLAIN]
    if not others:
        return f"nothing else was compared on your {labels}."
    first = max(others, key=lambda score: score.gain)
    if compared.dear(first) and first.better:
        return (
            f"“{HEADS[first.head].title}” has a better {name} on your {labels}, but costs more "
            "than one point of accuracy."
        )
    return (
        f"no other is surely better in {name} on your {labels}; “{HEADS[first.head].title}” comes "
        f"nearest with a gain of {_gain(compared, first)}."
    )


def _gain(compared: Contest, score: Score) -> str:
    """A gain with its interval, in points of a share or in the user's own costs."""
    if not compared.measure.is_share:
        return f"{score.gain:.3g} ({score.low:.3g} to {score.high:.3g})"
    gain, low, high = (100 * number for number in (score.gain, score.low, score.high))
    return f"{gain:.1f} points ({low:.1f} to {high:.1f})"


def measure_of(text: str, names: list[str]) -> Measure:
    """The measure that a text means: accuracy, macro-f1 or recall:CLASS.

    Raises:
        WinnowError: it means none of them, or the class is not there.
    """
    simple = {measure.key: measure for measure in (ACCURACY, MACRO_F1)}
    if text in simple:
        return simple[text]
    if not text.startswith(_RECALL):
        raise WinnowError(
            f"Heads cannot be compared by {shown(text)}: write accuracy, macro-f1, recall:CLASS or "
            "cost:FILE."
        )
    name = text.removeprefix(_RECALL)
    if name not in names:
        raise WinnowError(
            f"There is no class called {shown(name)} to compare heads by: the classes are "
            f"{', '.join(shown(name) for name in names[:10])}."
        )
    return recall_of(names.index(name), name)


def compare_heads(snapshot: Snapshot, measure: Measure, refined: bool, report: Report) -> Contest:
    """Every head on the labels of a question, each label judged by a model that did not see it.

    Args:
        refined: whether predictions start from refined prototypes.

    Raises:
        WinnowError: the classes are not complete.
        Cancelled: asked to stop.
    """
    rows = np.flatnonzero(snapshot.human >= 0)
    plain = learner(snapshot.headed(PLAIN), refined)

    def between(head: str) -> None:
        report.step("Comparing heads", NAMES.index(head), len(NAMES), HEADS[head].title)

    key = (*snapshot.model_key(refined), snapshot.labels.key, measure)
    return snapshot.remember(
        "heads", key, lambda: contest(plain, rows, snapshot.human[rows], measure, between=between)
    )


def settle(
    snapshot: Snapshot, asked: str | None, measure: Measure, refined: bool, report: Report
) -> HeadUse:
    """The head to use: as asked for, else as the question is set.

    Args:
        asked: a name, "auto" for the best by the labels, None for what the question is set to.

    Raises:
        WinnowError, Cancelled: as `compare_heads`.
    """
    head = snapshot.head if asked is None else asked
    if head != AUTO:
        return HeadUse(head, head)
    compared = compare_heads(snapshot, measure, refined, report)
    return HeadUse(AUTO, compared.best, compared)


def use_head(workspace: Workspace, name: str) -> None:
    """Have all predictions of a question learn with a head from now on.

    Raises:
        WinnowError: it cannot be written.
    """
    keep_head(workspace.home, name)
