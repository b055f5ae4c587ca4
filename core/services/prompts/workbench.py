"""What the Prompts page asks of a snapshot: previews, the worth of a prompt, versions compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.learn.judging.intervals import drawn_interval, share_interval
from core.learn.models.softmax import softmax
from core.learn.predictions import ZeroShot
from core.project.snapshot import Snapshot
from core.prompts.comparing import VersionComparison, compare_versions, renamed_classes
from core.prompts.contribution import Contribution, contributions
from core.prompts.preview import ClassPreview, Lead, column, lead_of, preview
from core.prompts.vocabulary import Vocabulary
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.verdict import (
    Agreement,
    Verdict,
    agreement,
    counted,
    decide,
    random_rows,
)


@dataclass(frozen=True)
class ClassFigures:
    """What the prompts alone make of one class.

    Attributes:
        count: images that it takes.
        first: row of its surest image; -1 without images.
        judged, right: random images that it takes and that have a label, and those of them that are
            of it: its precision.
    """

    count: int
    first: int
    judged: int
    right: int

    def interval(self) -> tuple[float, float]:
        """95 % interval of the precision."""
        return share_interval(self.right, self.judged)


@dataclass(frozen=True, eq=False)
class Bench:
    """The prompts alone, without what labels teach.

    Attributes:
        zero: scores of the prompts.
        lead: who takes each image by them.
        figures: one a class.
        agreement: how often they are right on images drawn at random.
        whole: how many images there are, where all this is of a random part of them; None where it
            is of all.
    """

    zero: ZeroShot
    lead: Lead
    figures: list[ClassFigures]
    agreement: Agreement
    whole: int | None = None

    def takes(self, k: int) -> tuple[int, int]:
        """How many of all images class ``k`` takes, and how far off that may be (95 %)."""
        count, part = self.figures[k].count, len(self.lead.taken)
        if self.whole is None:
            return count, 0
        low, high = drawn_interval(count, part, self.whole)
        estimate = self.whole * count / max(part, 1)
        return round(estimate), round(
            max(self.whole * high - estimate, estimate - self.whole * low)
        )

    def preview(self, k: int, size: int) -> ClassPreview:
        """The images that show what class ``k`` takes, ``size`` a strip."""
        return preview(k, self.column(k), self.lead, size)

    def column(self, k: int) -> np.ndarray:
        """(N,) float32 probability of class ``k``."""
        return column(self.zero.scores, self.zero.temperature, k, self.lead)


def bench(snapshot: Snapshot) -> Bench:
    """Score the pool against the prompts and count what each class takes."""
    key = (snapshot.pool.version, snapshot.classes)
    zero = zero_shot(snapshot)
    lead = snapshot.remember("bench", key, lambda: _lead(zero), keep=2)
    figures = _figures(snapshot, lead)
    return Bench(zero, lead, figures, agreement(snapshot, lead.taken))


def _lead(zero: ZeroShot) -> Lead:
    count, classes = zero.scores.shape
    return lead_of(count, classes, lambda rows: softmax(zero.scores[rows] / zero.temperature))


def _figures(snapshot: Snapshot, lead: Lead) -> list[ClassFigures]:
    rows, classes = snapshot.audit, len(lead.surest)
    guess = lead.taken[rows]
    counts = np.bincount(lead.taken, minlength=classes)
    judged = np.bincount(guess, minlength=classes)
    right = np.bincount(guess[guess == snapshot.human[rows]], minlength=classes)
    table = np.stack([counts, lead.surest, judged, right], axis=1)
    return [ClassFigures(*map(int, row)) for row in table]


@dataclass(frozen=True, eq=False)
class Worth:
    """What a prompt changes, and whether the random images are better with it than without."""

    contribution: Contribution
    verdict: Verdict


def worth(snapshot: Snapshot, k: int) -> list[Worth]:
    """What each prompt of class ``k`` wins and loses; only random images judge it."""
    prompts, scores = list(snapshot.classes.classes[k][1]), zero_shot(snapshot).scores
    rows, judges = snapshot.audit, np.full(len(snapshot), -1)
    judges[rows] = snapshot.human[rows]
    right = int((scores[rows].argmax(axis=1) == judges[rows]).sum())
    entries = contributions(
        prompts,
        snapshot.text_scores(prompts),
        snapshot.text_vectors(prompts),
        scores,
        k,
        judges,
    )
    return [
        Worth(entry, counted(len(rows), right, entry.put_right, entry.put_wrong))
        for entry in entries
    ]


@dataclass(frozen=True, eq=False)
class Versions:
    """Two versions of the prompts: what flips, and which one the random images favour."""

    comparison: VersionComparison
    verdict: Verdict


def flips(snapshot: Snapshot, before: Vocabulary, after: Vocabulary) -> Versions:
    """Compare two versions of the prompts on all images, without what labels teach."""
    first, second = snapshot.under(before), snapshot.under(after)
    scored = zero_shot(second)
    old, new = zero_shot(first).taken, scored.taken
    renamed = renamed_classes(before.prompts(), after.prompts())
    compared = compare_versions(old, new, surest_of(scored), before.names, after.names, renamed)
    # What the classes of the first version are called in the second, -1 for what it lacks.
    number = {name: index for index, name in enumerate(after.names)}
    now = np.array([number.get(renamed.get(name, name), -1) for name in before.names])
    rows = random_rows(snapshot)
    truth, then = second.human[rows], first.human[rows]
    truth = np.where(truth >= 0, truth, np.where(then >= 0, now[then], -1))
    both = np.isin(truth, now[now >= 0])
    left_out = int(((truth >= 0) | (then >= 0)).sum()) - int(both.sum())
    rows, truth = rows[both], truth[both]
    return Versions(compared, decide(truth, now[old[rows]], new[rows], left_out))


def surest_of(zero: ZeroShot) -> Callable[[np.ndarray], np.ndarray]:
    """From rows (n,) to the probability (n,) of the class that takes each: few need a softmax."""
    return lambda rows: softmax(zero.logits_of(rows)).max(axis=1)
