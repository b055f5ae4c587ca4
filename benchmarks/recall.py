"""Are promises of recall kept, alone and beside a precision, and what do they cost in review?

    python benchmarks/recall.py clothing.npz cifar.npz --repeats 400 --jobs 16

The files are what ``benchmarks/labels.py prepare`` writes. Each repeat draws audit images anew,
learns from them alone, and exports with a recall of one class, drawn at random among those with
enough audit images to promise anything. A recall is kept when that share of all images of the class
is labeled, in its folder or in review; a precision when that share of what is sorted and nobody
labeled is right. Both promised at once share the risk of 5 %, so they are kept together in 95 %.
Review without a recall stands beside it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from promises import learner_of, repeated
from threadpoolctl import threadpool_limits

from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.promises.thresholds import (
    RISK,
    carried,
    precision_threshold,
    recall_carried,
    recall_threshold,
)

Came = tuple[bool, bool, bool, float]
"""Promised, recall kept, precision kept, review."""
AUDITS, LEVELS = (150, 300, 600), ((0.8, 0.9), (0.9, 0.95), (0.9, 0.98))


@dataclass(frozen=True)
class Scene:
    """One draw: probabilities and truth of the audit images and of the rest."""

    audit: np.ndarray
    audit_truth: np.ndarray
    rest: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Row:
    """What one repeat gave at an audit size and two levels, each way."""

    audit: int
    recall: float
    precision: float
    ways: dict[str, Came]


def scene(file: Path, images: int, audit: int, seed: int) -> Scene:
    """Draw audit images, learn from them, predict the rest."""
    learner, truth = learner_of(file, images)
    drawn = np.random.default_rng([seed, audit]).permutation(len(truth))[:audit]
    learned = learner.fit(drawn, truth[drawn], judged=drawn)
    heat = fit_temperature(learned.unseen, truth[drawn])
    rest = np.setdiff1d(np.arange(len(truth)), drawn)
    return Scene(
        with_temperature(learned.unseen, heat), truth[drawn],
        with_temperature(learned.probabilities[rest], heat), truth[rest],
    )  # fmt: skip


def leaving(of: Scene, k: int, level: float, risk: float) -> tuple[np.ndarray, np.ndarray] | None:
    """(n,) and (m,) bool, images of the rest and of the audit that the recall of a class sends to
    review; None: all."""
    elsewhere = of.audit.argmax(axis=1) != k
    audited = np.where(elsewhere, of.audit[:, k].astype(float), -1.0)
    own = of.audit_truth == k
    threshold = recall_threshold(np.where(elsewhere[own], audited[own], 1.0), level, risk)
    away = of.rest.argmax(axis=1) != k
    likely = of.rest[:, k].astype(float)
    value = recall_carried(threshold, audited, likely[away], len(likely))
    if value is None or threshold.value is None:
        return None
    # The image that settles the threshold stays, and counts as a wrong one.
    return away & (likely >= value), audited > threshold.value


def sorted_at(
    of: Scene, out: np.ndarray, out_of_audit: np.ndarray, level: float, risk: float
) -> np.ndarray:
    """(n,) bool, images of the rest that a precision sorts, without those that leave."""
    confidence = of.rest.max(axis=1).astype(float)
    audit, truth = of.audit[~out_of_audit], of.audit_truth[~out_of_audit]
    right = audit.argmax(axis=1) == truth
    threshold = precision_threshold(audit.max(axis=1).astype(float), right, level, risk)
    value = carried(threshold, len(right), confidence[~out])
    inside: np.ndarray = (confidence >= (np.inf if value is None else value)) & ~out
    return inside


def judged(
    of: Scene, k: int, inside: np.ndarray, promised: bool, levels: tuple[float, float]
) -> Came:
    """(promised, recall kept, precision kept, review) of what is sorted."""
    predicted = of.rest.argmax(axis=1)
    missed = int((inside & (of.truth == k) & (predicted != k)).sum())
    total = int((of.truth == k).sum() + (of.audit_truth == k).sum())
    found = missed <= (1 - levels[0]) * total
    right = not inside.any() or (predicted == of.truth)[inside].mean() >= levels[1]
    return promised, found, bool(right), 1.0 - float(inside.mean())


def repeat(seed: int, file: Path, options: argparse.Namespace) -> list[Row]:
    """All audit sizes and levels of one repeat."""
    rows = []
    with threadpool_limits(1):
        for audit in options.audits:
            of = scene(file, options.images, audit, seed)
            counts = np.bincount(of.audit_truth, minlength=of.audit.shape[1])
            for levels in LEVELS:
                needed = np.log(RISK / 2) / np.log(levels[0])
                enough = np.flatnonzero(counts >= needed)
                if not len(enough):
                    continue
                k = int(np.random.default_rng([seed, audit, 1]).choice(enough))
                rows.append(Row(audit, *levels, _ways(of, k, levels)))
    return rows


def _ways(of: Scene, k: int, levels: tuple[float, float]) -> dict[str, Came]:
    """What comes of each way to promise something of a class."""
    alone, half = leaving(of, k, levels[0], RISK), leaving(of, k, levels[0], RISK / 2)
    nobody, none = np.zeros(len(of.rest), dtype=bool), np.zeros(len(of.audit), dtype=bool)
    inside = sorted_at(of, nobody, none, levels[1], RISK)
    ways = {
        "recall alone": judged(
            of, k, nobody if alone is None else ~alone[0], alone is not None, (levels[0], 0.0)
        ),
        "precision alone": judged(of, k, inside, bool(inside.any()), (0.0, levels[1])),
    }
    both = nobody if half is None else sorted_at(of, *half, levels[1], RISK / 2)
    return ways | {"both": judged(of, k, both, bool(both.any()), levels)}


def table(name: str, rows: list[Row]) -> None:
    """Print what came of it, a line for each audit size and pair of levels."""
    print(f"\n{name}: promised; recall kept, precision kept, both kept; review")
    for key in dict.fromkeys((row.audit, row.recall, row.precision) for row in rows):
        of = [row for row in rows if (row.audit, row.recall, row.precision) == key]
        print(f"{key[0]:4d} audit labels, recall {key[1]}, precision {key[2]}, n={len(of)}")
        for way in of[0].ways:
            promised, found, right, review = np.array([row.ways[way] for row in of]).T
            both = (found * right).mean()
            print(
                f"     {way:16s} {promised.mean():4.0%}; {found.mean():6.1%} {right.mean():6.1%} "
                f"{both:6.1%}; {review.mean():.1%}"
            )


if __name__ == "__main__":
    repeated(__doc__, repeat, table, AUDITS)
