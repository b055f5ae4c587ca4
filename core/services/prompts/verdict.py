"""Which of two ways to predict is better: decided on images drawn at random, and on nothing else.

Labels that the queue asked for are no measure of prompts: they are the images on which the present
ones are unsure, so nearly any other version looks better on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.asking.audit import prefix
from core.learn.judging.intervals import paired_interval, share_interval
from core.project.label_rows import NOTHING
from core.project.snapshot import Snapshot

ENOUGH = 30
"""Random images from which on two ways are compared: with fewer hardly any difference shows."""


@dataclass(frozen=True)
class Verdict:
    """What the random images say of two ways to predict, each image being judged by both.

    Attributes:
        n: random images with a class that both ways can give.
        before, after: of those, the images that each gets right.
        won, lost: images that only the second, or only the first, gets right.
        low, high: 95 % interval of the difference of the two shares, -1 to 1.
        left_out: random images of a class that one of the two lacks.
    """

    n: int
    before: int
    after: int
    won: int
    lost: int
    low: float
    high: float
    left_out: int = 0

    @property
    def enough(self) -> bool:
        """Whether anything may be said of which is better."""
        return self.n >= ENOUGH

    @property
    def better(self) -> int:
        """1 where the second is better beyond chance, -1 where the first is, else 0."""
        if not self.enough:
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def sentence(self, first: str = "before", second: str = "after") -> str:
        """What to say of it, in Markdown.

        Args:
            first, second: what the two ways are called.
        """
        if not self.enough:
            return (
                f"**{self.n:,}** random images have a label so far: too few to say which is better "
                f"(it takes {ENOUGH}). One image in five that Label asks for is drawn at random."
            )
        difference = 100 * (self.after - self.before) / self.n
        points = f"{100 * self.low:+.1f} to {100 * self.high:+.1f}"
        figures = (
            f"Of {self.n:,} random images **{self.before:,}** are right {first}, "
            f"**{self.after:,}** {second}: {difference:+.1f} points ({points})."
        )
        if self.better:
            return f"**Better {second if self.better > 0 else first}.** {figures}"
        return f"**No difference can be told.** {figures}"


HELP = (
    "Only images that were drawn at random are counted: labels that were asked for because the "
    "model was unsure favour whatever is changed. In brackets the 95 % interval of the difference "
    "(paired: both see the same images). Who tries many versions finds some that look better by "
    "chance."
)
"""What a verdict rests on, for whoever asks."""


def random_rows(snapshot: Snapshot) -> np.ndarray:
    """(a,) rows of the images drawn at random that somebody answered, in the order of the stream.

    Whatever was answered: also images whose class is none of the snapshot's.
    """
    return prefix(snapshot.audit_order, np.flatnonzero(snapshot.labels.codes != NOTHING))


def decide(truth: np.ndarray, first: np.ndarray, second: np.ndarray, left_out: int = 0) -> Verdict:
    """Compare two predictions of the same random images.

    Args:
        truth, first, second: (n,) the class that people gave, and the two predictions of it.
        left_out: see `Verdict`.
    """
    before, after = first == truth, second == truth
    won, lost, n = int((after & ~before).sum()), int((before & ~after).sum()), len(truth)
    low, high = paired_interval(won, lost, n)
    return Verdict(n, int(before.sum()), int(after.sum()), won, lost, low, high, left_out)


def counted(n: int, after: int, won: int, lost: int) -> Verdict:
    """The verdict from counts; see `Verdict`."""
    return Verdict(n, after - won + lost, after, won, lost, *paired_interval(won, lost, n))


@dataclass(frozen=True)
class Agreement:
    """How often predictions are right on the random images.

    Attributes:
        n, right: random images with a class, and how many of them are right.
        low, high: 95 % interval of the share.
    """

    n: int
    right: int
    low: float
    high: float

    def sentence(self) -> str:
        """What to say of it."""
        if self.n < ENOUGH:
            return (
                f"{self.n:,} random images have a label so far; how often the prompts are right is "
                f"said from {ENOUGH} on."
            )
        return (
            f"They are right on {self.right:,} of {self.n:,} random images "
            f"({self.low:.0%}–{self.high:.0%})."
        )


def agreement(snapshot: Snapshot, predicted: np.ndarray) -> Agreement:
    """How often predictions (N,) of the classes are right on the random images."""
    rows = snapshot.audit
    right = int((predicted[rows] == snapshot.human[rows]).sum())
    return Agreement(len(rows), right, *share_interval(right, len(rows)))
