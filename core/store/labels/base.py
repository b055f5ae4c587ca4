"""What every store of labels keeps to, and the values that go in and out of it.

People's answers are append-only events. An event belongs to an image (its content id), so answers
survive renames, moves and a change of encoder. What counts for a subject (an image, or an image and
a tag): each annotator's latest event that was not undone; between annotators the majority, and in a
tie the most recent. Where a reviewer settled a disagreement, that answer counts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

Kind = Literal["label", "skip", "unsure", "none", "unusable", "clear"]
"""What an answer says: the class; "skip", not this image; "unsure", somebody else shall look;
"none", none of the classes fits; "unusable", nobody could use this image; "clear", nothing."""
VERDICTS = ("label", "none", "unusable")
"""Kinds that settle what an image is: these are votes where people disagree."""
ANSWER_NAMES = {"none": "none of these", "unusable": "not usable"}
"""What those without a class are called in texts."""
Version = tuple[int, int]
"""Changes with every event and every undo, in any process: the last event and the last undo."""

EventT = TypeVar("EventT", contravariant=True)
CurrentT = TypeVar("CurrentT", covariant=True)
Subject = TypeVar("Subject", bound=Hashable)
Value = TypeVar("Value")


SPLIT, REMOVED = "split", "removed"
"""Origins of answers whose class was split or removed: said anew under that class, so that this can
be undone, they yield to any other answer."""


SETTLED = "settled"
"""How the origin begins of an answer that a reviewer gave where people disagreed: it decides."""


def is_settled(source: str) -> bool:
    """Whether an answer of this origin decides, whatever others answered."""
    return source.partition(",")[0] == SETTLED


class EventStore(Protocol[EventT, CurrentT]):
    """The contract that labels and tag labels share, whatever database keeps them."""

    def add(
        self,
        events: Sequence[EventT],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """Store events in one transaction; they are on disk when this returns.

        Events whose number this ``client`` has sent before are ignored, so a browser may send them
        again after a lost acknowledgement.

        Returns:
            The batch id that undoes them together.
        """
        ...

    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """Take a batch back; returns the image ids it touched (empty: nothing left to undo)."""
        ...

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """Say of ``new`` what is said of ``old``; one batch, so one undo. None: nothing was."""
        ...

    def acknowledged(self, client: str) -> int:
        """The highest number stored for ``client``; 0 when there is none."""
        ...

    def current(self) -> CurrentT:
        """What counts now. Of the log only what is new since the last call is read."""
        ...

    def version(self) -> Version:
        """See `Version`; costs the same however long the log is."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person said about an image. ``label`` is the class when ``kind`` is "label"."""

    image_id: str
    label: str | None
    kind: Kind = "label"
    client_seq: int | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One press of a key in a labeling client, which numbers its presses from 1.

    ``kind`` "undo" takes back what the entry numbered ``target`` of the same client said. Entries
    with the same ``batch`` were one stroke and are undone together; ``target`` is then that number.
    """

    seq: int
    image_id: str
    kind: Kind | Literal["undo"]
    label: str | None = None
    target: int | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What counts for an image now. ``time`` in seconds since the epoch."""

    image_id: str
    label: str | None
    kind: Kind
    annotator: str
    time: float
    source: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class TagEvent:
    """Whether an image has a tag; None takes back what this annotator said of it.

    ``client_seq`` is the number that the client gave it. Events with the same ``batch``, the number
    of one of them, were one stroke and are undone together.
    """

    image_id: str
    tag: str
    value: bool | None
    client_seq: int | None = None
    batch: int | None = None


@dataclass(frozen=True, eq=False)
class LogState(Generic[Subject, Value]):
    """What counts at one moment.

    Attributes:
        version: of the log at that moment.
        values: subject → what counts for it; subjects whose answers were all taken back are not in.
        journal: subjects in the order in which they changed since the log was opened. Shared by the
            states of one store and only ever appended to: those of this state are ``[:length]``.
        length: how many entries of the journal this state has seen.
    """

    version: Version
    values: Mapping[Subject, Value]
    journal: Sequence[Subject]
    length: int

    def changed_since(self, earlier: LogState[Subject, Value]) -> Sequence[Subject] | None:
        """Subjects that changed after an earlier state; None when it is of another reading."""
        if self.journal is not earlier.journal or earlier.length > self.length:
            return None
        return self.journal[earlier.length : self.length]


def resolved_label(opinions: Sequence[Label]) -> Label | None:
    """One label from each annotator's latest answer, oldest first; None where all were cleared."""
    if len(opinions) > 1:
        valid = [o for o in opinions if o.source not in (SPLIT, REMOVED) and o.kind != "clear"]
        opinions = valid or opinions
        if decided := [o for o in opinions if is_settled(o.source) and o.kind in VERDICTS]:
            return decided[-1]
    votes = [opinion for opinion in opinions if opinion.kind in VERDICTS]
    if not votes:
        return None if opinions[-1].kind == "clear" else opinions[-1]
    counts = Counter((vote.kind, vote.label) for vote in votes)
    best = max(counts.values())
    winner = next(vote for vote in reversed(votes) if counts[vote.kind, vote.label] == best)
    if len(counts) == 1:
        return winner
    return Label(
        winner.image_id,
        winner.label,
        winner.kind,
        winner.annotator,
        winner.time,
        winner.source,
        conflict=True,
    )


def resolved_tag(opinions: Sequence[bool | None]) -> bool | None:
    """Yes or no from each annotator's latest answer, oldest first; None where nobody says so."""
    votes = [value for value in opinions if value is not None]
    if not votes:
        return None
    yes = sum(votes)
    return votes[-1] if 2 * yes == len(votes) else 2 * yes > len(votes)


def labels_digest(classes: Mapping[str, str]) -> str:
    """Hex digest of labels, image id → class, whatever their order."""
    lines = sorted(f"{image_id}\t{label}" for image_id, label in classes.items())
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
