"""Two runs compared: which images flip, and which of the two is right more often.

Who is right is decided on random images, or on those of a truth that somebody has, and of them on
the ones that both runs judged without having seen their labels: so neither has learned the answers,
and both see the same images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learn.judging.paired import Difference, difference
from core.learn.judging.slices import LEVEL, corrected, findable
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.comparing import Flip
from core.services.metrics.runs.answers import Answers, random_images
from core.services.metrics.runs.judgements import Opinion, opinion_of
from core.services.metrics.runs.listing import Run
from core.services.metrics.runs.slicing import Slice, slices


@dataclass(frozen=True, eq=False)
class OfSlice:
    """A slice of the random images.

    Attributes:
        kind, name: which one, see `core.services.metrics.runs.slicing.Slice`.
        difference: of the two runs in it.
        chance: corrected p-value that the second run is wrong in it more often than on the rest.
        chance_lost: the same of the images that only the first run gets right.
    """

    kind: str
    name: str
    difference: Difference
    chance: float
    chance_lost: float

    @property
    def worse(self) -> bool:
        """The second run is worse in it than on the rest, beyond chance."""
        return self.chance <= LEVEL

    @property
    def lost_more(self) -> bool:
        """More was lost in it than on the rest, beyond chance."""
        return self.chance_lost <= LEVEL


@dataclass(frozen=True, eq=False)
class Compared:
    """Two runs compared; rows are of the snapshot's pool.

    Attributes:
        first, second: what each said.
        images: that both had.
        flips: groups of images that go from one class to another, labels included, the largest
            first.
        difference: of the shares that are right, on the random images that both judged.
        won, lost: (n,) rows of those that only the second, or only the first, gets right.
        left_out: random images that one of the two had not, or whose label it had seen.
        other_classes: random images of a class that one of the two lacks; left out too.
        per_class: class → difference on its images, in the order of the classes.
        slices: those that were tried, the worst of the second run first.
        basis: the images by which it is decided, "random images" as a rule.
    """

    first: Opinion
    second: Opinion
    images: int
    flips: list[Flip]
    difference: Difference
    won: np.ndarray
    lost: np.ndarray
    left_out: int
    other_classes: int
    per_class: Mapping[str, Difference]
    slices: list[OfSlice]
    basis: str

    @property
    def flipped(self) -> int:
        """Images that have another class in the second run."""
        return sum(len(flip.rows) for flip in self.flips)

    def sentence(self) -> str:
        """Which of the two is right more often, for people."""
        of = self.difference
        if of.value is None:
            return (
                "Which of the two is right more often cannot be told: no random image that both "
                "judged without having seen its label has one. Label some random images."
            )
        head = (
            f"Of {of.n:,} {self.basis} {of.before:,} are right before and {of.after:,} after: "
            f"{100 * of.value:+.1f} points ({100 * of.low:+.1f} to {100 * of.high:+.1f}), "
            f"{of.won:,} won and {of.lost:,} lost."
        )
        if of.low > 0 or of.high < 0:
            return f"{'Better' if of.low > 0 else 'Worse'} than before. {head}"
        return f"No difference can be told. {head}"

    def slices_sentence(self) -> str:
        """What was looked for in slices, for people."""
        tried, worse = len(self.slices), sum(of.worse for of in self.slices)
        if not tried:
            return f"There are too few {self.basis} to look at folders, sizes and columns apart."
        how_many = {0: "None", 1: "One"}.get(worse, f"{worse:,}")
        of = self.difference
        least = findable(of.n, of.n - of.after, tried)
        return (
            f"{how_many} of {tried:,} slices {'is' if worse < 2 else 'are'} worse than the rest "
            f"beyond chance, in the second run; that {tried:,} were tried is taken into account. "
            f"With {of.n:,} {self.basis} a slice that holds a fifth of them is found as a rule "
            f"when it is {100 * least:.0f} points worse; more of them find smaller gaps."
        )

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow runs compare --json``."""
        return {
            "before": self.first.run.as_json(),
            "after": self.second.run.as_json(),
            "images": self.images,
            "flips": self.flipped,
            "pairs": [
                {"from": flip.before, "to": flip.after, "count": len(flip.rows)}
                for flip in self.flips
            ],
            "basis": self.basis,
            "same_images": self.difference.n,
            "left_out": self.left_out,
            "other_classes": self.other_classes,
            **_counts(self.difference),
            "per_class": {name: _counts(of) for name, of in self.per_class.items()},
            "slices": [
                {
                    "kind": of.kind,
                    "name": of.name,
                    **_counts(of.difference),
                    "worse": of.worse,
                    "chance": round(of.chance, 5),
                    "lost_more": of.lost_more,
                }
                for of in self.slices
            ],
        }


def compare(
    snapshot: Snapshot,
    predictions: Callable[[], Predictions],
    before: Run,
    after: Run,
    tags: Mapping[str, np.ndarray] | None = None,
    answers: Answers | None = None,
) -> Compared:
    """Compare two runs of a question.

    Args:
        predictions: asked for those of the snapshot, where one of the runs is "now".
        answers: by which it is decided who is right; by default the random images.
        tags: further slices, see `core.services.metrics.runs.slicing.slices`.

    Raises:
        WinnowError: what one of them predicted is not on record.
    """
    first, second = (
        opinion_of(snapshot, predictions, before),
        opinion_of(snapshot, predictions, after),
    )
    snapshot = _knowing(snapshot, first.names | second.names)
    both = first.there & second.there
    answers = answers or random_images(snapshot)
    judged = _judged(answers, first, second)
    truth = answers.classes[judged.rows]
    right = first.judged[judged.rows] == truth, second.judged[judged.rows] == truth
    return Compared(
        first,
        second,
        int(both.sum()),
        _flips(first, second, both),
        difference(*right, answers.population),
        judged.rows[right[1] & ~right[0]],
        judged.rows[right[0] & ~right[1]],
        judged.left_out,
        judged.other_classes,
        _per_class(snapshot, truth, *right),
        _slices(slices(snapshot, judged.rows, tags), *right),
        answers.images,
    )


def _knowing(snapshot: Snapshot, names: frozenset[str]) -> Snapshot:
    """A snapshot in which labels of these classes count too.

    A run from a prompts file has classes that the question may not have, or has no longer.
    """
    own = snapshot.classes
    more = sorted(names.difference(snapshot.tree.names))
    return snapshot.under(own.with_classes([*own.classes, *((name, (name,)) for name in more)]))


@dataclass(frozen=True, eq=False)
class _Judged:
    rows: np.ndarray
    left_out: int
    other_classes: int


def _judged(answers: Answers, first: Opinion, second: Opinion) -> _Judged:
    """The images that both runs judged for themselves."""
    rows, truth = answers.rows, answers.classes
    unseen = np.array(
        [first.judged[row] is not None and second.judged[row] is not None for row in rows], bool
    )
    shared = first.names & second.names
    common = np.array([truth[row] in shared for row in rows], bool)
    return _Judged(rows[unseen & common], int((~unseen).sum()), int((unseen & ~common).sum()))


def _flips(first: Opinion, second: Opinion, both: np.ndarray) -> list[Flip]:
    moved = np.flatnonzero(both & (first.classes != second.classes))
    groups: dict[tuple[str, str], list[int]] = {}
    for row in moved.tolist():
        groups.setdefault((first.classes[row], second.classes[row]), []).append(row)
    flips = [Flip(a, b, np.array(rows)) for (a, b), rows in groups.items()]
    return sorted(flips, key=lambda flip: (-len(flip.rows), flip.before, flip.after))


def _per_class(
    snapshot: Snapshot, truth: np.ndarray, first: np.ndarray, second: np.ndarray
) -> dict[str, Difference]:
    """Of how many images of each class is unknown, so its interval is that of endlessly many."""
    of_class = {}
    for name in snapshot.names:
        own = truth == name
        if own.any():
            of_class[name] = difference(first[own], second[own])
    return of_class


def _slices(parts: Sequence[Slice], first: np.ndarray, second: np.ndarray) -> list[OfSlice]:
    if not parts:
        return []
    members = np.stack([part.inside for part in parts])
    worse, lost = corrected(~second, members), corrected(first & ~second, members)
    tried = [
        OfSlice(
            part.kind,
            part.name,
            difference(first[part.inside], second[part.inside]),
            float(chance),
            float(chance_lost),
        )
        for part, chance, chance_lost in zip(parts, worse, lost, strict=True)
    ]
    return sorted(tried, key=lambda of: (of.chance, -of.difference.n, of.kind, of.name))


def _counts(of: Difference) -> dict[str, Any]:
    return {
        "n": of.n,
        "before_right": of.before,
        "after_right": of.after,
        "won": of.won,
        "lost": of.lost,
        "delta": {"value": of.value, "low": of.low, "high": of.high},
    }
