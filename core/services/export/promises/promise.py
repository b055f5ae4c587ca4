"""Promises of an export: what can be promised, on what evidence, and what goes to review for it.

One function makes the promise for the page, the command line and the manifest: `promise_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.learn.predictions import Predictions
from core.learn.promises.costs import decide
from core.learn.promises.thresholds import RISK
from core.learn.tree.class_tree import REVIEW
from core.project.snapshot import Snapshot
from core.services.export.promises import evidence, levels, reasons, recall
from core.services.export.promises.parts import Part
from core.services.export.promises.request import Prices, Request
from core.services.export.promises.signing import Folder, folders


@dataclass(frozen=True, eq=False)
class Promise:
    """What an export promises.

    Attributes:
        request: what was asked for.
        predictions: those of the plan: signatures and prices may assign otherwise.
        doubts: (N,) why an image goes to review, None where it does not.
        parts: the evidence.
        review: files that go to review.
        confidence: how sure the promise is, all its parts together; of signed folders each.
        mean_cost: what an image is expected to cost, with prices.
    """

    request: Request
    predictions: Predictions
    doubts: list[str | None]
    parts: tuple[Part, ...]
    review: int
    confidence: float = 1.0 - RISK
    mean_cost: float | None = None

    @property
    def holds(self) -> bool:
        """Whether every part can be promised."""
        return bool(self.parts) and all(part.threshold is not None for part in self.parts)

    @property
    def more_labels(self) -> int | None:
        """About how many more labels of random images would do for all parts; 0 where it holds."""
        needed = [part.more_labels for part in self.parts]
        return max((n for n in needed if n is not None), default=0) if None not in needed else None

    def as_json(self) -> dict[str, Any]:
        """The entry ``promise`` of ``winnow run --json``."""
        content: dict[str, Any] = {
            "level": self.request.level,
            "kept": self.holds,
            "thresholds": _thresholds(self.parts),
            "review": self.review,
            "more_labels_needed": self.more_labels,
            "confidence": self.confidence,
            "parts": [part.as_json() for part in self.parts],
            "signed": self.request.signed,
        }
        recalls = [part for part in self.parts if part.kind == "recall"]
        if recalls:
            content["recall"] = {
                part.name: {"level": part.level, "kept": part.threshold is not None,
                            "threshold": part.threshold}
                for part in recalls
            }  # fmt: skip
        if self.request.prices is not None:
            content |= {"costs": asdict(self.request.prices), "mean_cost": self.mean_cost}
        return content


def _thresholds(parts: Sequence[Part]) -> dict[str, float | None]:
    """Class → the probability from which it is sorted; a level of its own goes first."""
    result: dict[str, float | None] = {}
    for part in parts:
        if part.kind == "precision":
            for name in part.classes:
                result.setdefault(name, part.threshold)
    return result


def promise_of(snapshot: Snapshot, predictions: Predictions, request: Request) -> Promise:
    """What can be promised of an export, the same for pages, commands and the manifest.

    Args:
        predictions: of the snapshot.
        request: not an empty one.

    Raises:
        WinnowError: the signatures cannot be read.
    """
    if request.prices is not None:
        return _priced(snapshot, predictions, request, request.prices)
    if request.signed:
        return _signed(snapshot, predictions, request)
    return _at_levels(snapshot, predictions, request)


def _at_levels(snapshot: Snapshot, predictions: Predictions, request: Request) -> Promise:
    """Thresholds carried by the audit images; all parts share the risk."""
    tree, seen = snapshot.tree, evidence.judged(snapshot, predictions)
    now = evidence.chains(tree, predictions.probabilities)
    waiting = (predictions.human < 0) & ~evidence.unfit(snapshot)
    of_levels = levels.families(tree, request)
    risk = RISK / max(len(of_levels) + len(request.recall), 1)
    recalls = [
        recall.recalled(
            tree, name, level, risk, seen,
            evidence.perhaps(snapshot, predictions, np.flatnonzero(tree.holds[tree.number[name]])),
            predictions.probabilities, now, waiting, len(snapshot.unanswered), bool(of_levels),
        )
        for name, level in request.recall
    ]  # fmt: skip
    leaving, stay = np.zeros(len(snapshot), dtype=bool), np.ones(len(seen.truth), dtype=bool)
    for one in recalls:
        leaving, stay = leaving | one.leaving, stay & ~one.audits
    left = seen.of(stay)
    pairs = [
        (family, levels.part_of(
            family, predictions.names, tree, left, now, waiting & ~leaving, risk,
            len(snapshot.unanswered),
        ))
        for family in of_levels
    ]  # fmt: skip
    nodes, by = levels.placed(pairs, tree, now, waiting)
    doubts = evidence.doubts_of_people(snapshot, predictions)
    for one in recalls:
        # Where it cannot be promised, nobody can tell what may be sorted.
        out = waiting if one.part.threshold is None else one.leaving
        for row in np.flatnonzero(out).tolist():
            doubts[row] = doubts[row] or reasons.may_be(one.part)
    for row in np.flatnonzero(waiting & (nodes == REVIEW)).tolist():
        part = pairs[by[row]][1]
        doubts[row] = doubts[row] or reasons.below(part.level, part.threshold)
    changed = _placed(snapshot, predictions, nodes, doubts)
    parts = [*(part for _, part in pairs), *(one.part for one in recalls)]
    return _promise(snapshot, request, changed, doubts, parts)


def _placed(
    snapshot: Snapshot, predictions: Predictions, nodes: np.ndarray, doubts: list[str | None]
) -> Predictions:
    """Predictions with a place for each image, where classes stand in groups.

    What people gave a group and is in doubt below that stays in the group: there nobody doubts it.
    """
    tree = snapshot.tree
    if tree.is_flat:
        return predictions
    placed = nodes.copy()
    for row in np.flatnonzero(snapshot.nodes >= tree.leaves).tolist():
        if doubts[row] is not None:
            placed[row], doubts[row] = snapshot.nodes[row], None
    return replace(predictions, placed=placed)


def _signed(snapshot: Snapshot, predictions: Predictions, request: Request) -> Promise:
    """Only what was signed, and what people labeled."""
    standing = folders(snapshot)
    doubts = evidence.doubts_of_people(snapshot, predictions)
    assigned = predictions.assigned.copy()
    inside = np.zeros(len(snapshot), dtype=bool)
    parts = []
    for folder in standing:
        rows = folder.rows[folder.state.inside] if folder.is_signed else folder.rows[:0]
        rows = rows[predictions.human[rows] < 0]
        assigned[rows] = predictions.names.index(folder.name)
        inside[rows] = True
        parts.append(_part_of(folder))
    for row in np.flatnonzero((predictions.human < 0) & ~inside).tolist():
        doubts[row] = doubts[row] or reasons.NOT_SIGNED
    changed = replace(predictions, assigned=assigned)
    changed = _placed(snapshot, changed, assigned, doubts)
    return _promise(snapshot, request, changed, doubts, parts)


def _part_of(folder: Folder) -> Part:
    state = folder.state
    threshold = state.threshold if folder.is_signed else None
    more = None if state.state == "failed" else state.looks_left
    return Part((folder.name,), folder.level, threshold, state.looks, state.wrong, more)


def _priced(
    snapshot: Snapshot, predictions: Predictions, request: Request, prices: Prices
) -> Promise:
    """The cheapest decision for each image."""
    order = [prices.names.index(name) for name in predictions.names]
    made = decide(predictions.probabilities, prices.matrix()[np.ix_(order, order)], prices.look)
    machine = predictions.human < 0
    doubts = evidence.doubts_of_people(snapshot, predictions)
    for row in np.flatnonzero(machine & made.review).tolist():
        doubts[row] = reasons.CHEAPER
    assigned = np.where(machine, made.assigned, predictions.assigned)
    changed = _placed(snapshot, replace(predictions, assigned=assigned), assigned, doubts)
    promise = _promise(snapshot, request, changed, doubts, [])
    mean = float(made.expected[machine].mean()) if machine.any() else 0.0
    return replace(promise, mean_cost=mean)


def _promise(
    snapshot: Snapshot,
    request: Request,
    predictions: Predictions,
    doubts: list[str | None],
    parts: Sequence[Part],
) -> Promise:
    unsure = np.array([doubt is not None for doubt in doubts], dtype=bool)
    review = int(snapshot.pool.copies[unsure & (predictions.human < 0)].sum())
    return Promise(request, predictions, doubts, tuple(parts), review)
