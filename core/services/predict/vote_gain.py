"""What a vote of several encoders gains over the active one alone, and whether to let them vote."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.images.names import shown
from core.learn.judging.paired import Difference, difference
from core.learn.voting.weights import MOST
from core.project.snapshot import Snapshot
from core.project.voters import keep_voters, records_of
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.predict.predicting import learner
from core.services.predict.voters import checked
from core.store.workspace import Workspace

AUTO, NONE = "auto", "none"
"""Words for the best by the labels, and for the active encoder alone."""
LEAST = 40
"""Labels from which a vote is judged."""


@dataclass(frozen=True)
class VoteGain:
    """The vote against the active encoder alone, each label judged by models that did not see it.

    Attributes:
        labels: on all labels. They are mostly asked for where the active encoder is unsure, which
            is to the others' favor.
        random: on the labels of random images alone.
    """

    labels: Difference
    random: Difference

    @property
    def better(self) -> bool:
        """Whether the vote is surely better, and random images do not speak against it."""
        return self.labels.low > 0 and self.random.won >= self.random.lost

    def sentence(self) -> str:
        """The gain with its interval, for people."""
        return (
            f"the vote is right on {_gain(self.labels)} of your {self.labels.n:,} labels than the "
            f"active encoder alone, and on the {self.random.n:,} random images among them on "
            f"{_gain(self.random)}."
            if self.random.n
            else f"the vote is right on {_gain(self.labels)} of your {self.labels.n:,} labels than "
            "the active encoder alone; no random image is labeled yet."
        )


@dataclass(frozen=True)
class VoteUse:
    """Which encoders vote, and why.

    Attributes:
        asked: specs, or `AUTO`.
        used: specs; empty where the active encoder decides alone.
        gain: what the vote of those asked for brings; None for too few labels, or no vote.
    """

    asked: tuple[str, ...]
    used: tuple[str, ...]
    gain: VoteGain | None = None

    def sentence(self) -> str:
        """Which encoders vote and why, for people."""
        if self.used:
            begin = f"{', '.join(map(shown, self.used))} vote"
        else:
            begin = "The active encoder decides alone"
        if self.gain is not None:
            return f"{begin}: {self.gain.sentence()}"
        if self.asked:
            return f"{begin}; from {LEAST} labels on it is judged what a vote gains."
        return f"{begin}."

    def as_json(self) -> dict[str, Any]:
        """The entry ``encoders`` of ``--json``."""
        content: dict[str, Any] = {
            "asked": list(self.asked),
            "used": list(self.used),
            "why": self.sentence(),
        }
        if self.gain is not None:
            content["gain"] = asdict(self.gain.labels)
            content["gain_on_random_images"] = asdict(self.gain.random)
        return content


def gain_of(snapshot: Snapshot, refined: bool, report: Report) -> VoteGain | None:
    """What the vote of a snapshot's encoders gains; None for too few labels, or no vote.

    Args:
        refined: whether predictions start from refined prototypes.

    Raises:
        WinnowError: the classes are not complete.
        Cancelled: asked to stop.
    """
    rows = np.flatnonzero(snapshot.human >= 0)
    if len(rows) < LEAST or not records_of(snapshot.workspace, snapshot.voters):
        return None
    key = (*snapshot.model_key(refined), snapshot.head, snapshot.labels.key)
    return snapshot.remember("vote-gain", key, lambda: _judged(snapshot, refined, rows, report))


def settle(snapshot: Snapshot, asked: str | None, refined: bool, report: Report) -> VoteUse:
    """The encoders that are to vote: as asked for, else as the question is set.

    Args:
        asked: specs between commas; `AUTO` for all that have vectors here, if their vote is surely
            better; `NONE`; None for what the question is set to.

    Raises:
        WinnowError: one has no vectors of these images, or there are too many; as `gain_of`.
        Cancelled: asked to stop.
    """
    if asked is None:  # what lacks vectors since has no vote
        return VoteUse(snapshot.voters, snapshot.voters)
    specs = named(snapshot, asked)
    voting = checked(snapshot.voting(specs))
    gain = gain_of(voting, refined, report)
    if asked == AUTO:
        better = gain is not None and gain.better
        return VoteUse((AUTO,), specs if better else (), gain)
    return VoteUse(specs, specs, gain)


def stored(snapshot: Snapshot) -> tuple[str, ...]:
    """Specs of the encoders with vectors here, the active one first, as many as can vote."""
    specs = [record.spec for record in snapshot.workspace.encoders()]
    return tuple(dict.fromkeys(specs))[:MOST]


def use_voters(workspace: Workspace, specs: tuple[str, ...]) -> None:
    """Have encoders vote in all predictions of a question; none for the active one alone.

    Raises:
        WinnowError: it cannot be written.
    """
    keep_voters(workspace.home, specs)


def named(snapshot: Snapshot, asked: str) -> tuple[str, ...]:
    """Specs that a text means: names between commas, `AUTO` for all that are here, `NONE`.

    Raises:
        WinnowError: it names none.
    """
    if asked == NONE:
        return ()
    if asked == AUTO:
        return stored(snapshot)
    specs = tuple(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if not specs:
        raise WinnowError("No encoder is named: write --encoders auto, none or names like A,B.")
    return specs


def _judged(snapshot: Snapshot, refined: bool, rows: np.ndarray, report: Report) -> VoteGain:
    human = snapshot.human[rows]
    right = []
    for step, one in enumerate((snapshot.voting(()), snapshot)):
        report.step("Comparing the vote with the active encoder", step, 2)
        unseen = learner(one, refined).cross_fitted(rows, human, rows)
        right.append(unseen.argmax(axis=1) == human)
    alone, voted = right
    drawn = np.isin(rows, snapshot.audit)
    return VoteGain(difference(alone, voted), difference(alone[drawn], voted[drawn], len(snapshot)))


def _gain(of: Difference) -> str:
    low, high, value = (100 * number for number in (of.low, of.high, of.value or 0.0))
    word = "more" if value >= 0 else "fewer"
    return f"{abs(value):.1f} points {word} ({low:+.1f} to {high:+.1f})"
