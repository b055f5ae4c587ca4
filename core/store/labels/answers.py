"""What people say of images and of single tags, whatever database keeps it.

A class label says which one; a tag label says whether, for one tag: so they are two logs.
"""

from __future__ import annotations

import time
import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.runtime.errors import WinnowError
from core.runtime.spelling import fault, same
from core.store.backups.guard import MANY
from core.store.labels.base import (
    REMOVED,
    SPLIT,
    Event,
    Label,
    LogEntry,
    TagEvent,
    Version,
    is_settled,
    resolved_label,
    resolved_tag,
)
from core.store.labels.claims import CLAIM_SECONDS
from core.store.labels.following import FollowedLog, Row

EVENT = (
    "image_id", "kind", "class", "annotator", "time", "source", "batch_id", "client", "client_seq",
)  # fmt: skip
"""Columns of an event about an image, without its number."""
TAG_EVENT = (
    "image_id", "tag", "value", "annotator", "time", "source", "batch_id", "client", "client_seq",
)  # fmt: skip
"""Columns of an event about a tag of an image, without its number."""


@dataclass(frozen=True)
class Past:
    """What a log of labels says about a moment.

    Attributes:
        images: of which something was said or taken back since.
        rows: of `Labels.COLUMNS`, the answers on them that stood at that moment, by number.
        answers: person → answers that they gave since and that stand.
        taken_back: person → undos since.
    """

    images: Sequence[str]
    rows: Sequence[Row]
    answers: Mapping[str, int]
    taken_back: Mapping[str, int]


@dataclass(frozen=True)
class Undo:
    """Somebody took a batch back. ``time`` in seconds since the epoch."""

    person: str
    time: float
    batch: str


class Labels(FollowedLog[str, Label]):
    """The labels of one question of a workspace. Safe for several threads and processes."""

    COLUMNS = ("image_id", "class", "kind", "annotator", "time", "source")
    _classes: tuple[Version, dict[str, str]] | None = None

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the labels are, for people."""

    @abstractmethod
    def record(self, client: str, log: Sequence[LogEntry], annotator: str, source: str) -> int:
        """Store what a labeling client sends, in one transaction.

        A client sends its answers until they are acknowledged, perhaps from several tabs and to
        several servers, so they may come more than once, in parts and in any order: each number
        of a client is stored once, and an undo takes its target back whenever that comes.

        Returns:
            The highest number stored for the client.
        """

    @abstractmethod
    def claim(
        self, ids: Sequence[str], client: str, seconds: float = CLAIM_SECONDS, since: int = 0
    ) -> list[str]:
        """Reserve images for one client, so that people who label at once see different ones.

        Args:
            ids: images wanted, in order; those that ``client`` holds already are held longer.
            seconds: from now until the reservation ends by itself.
            since: the last event that whoever asks knows of: answers up to it are no reason not to
                ask again, such as those of a class that was removed.

        Returns:
            The ids that are now ``client``'s, in the order given: without those that another
            client holds and those that anybody has answered in the meantime.
        """

    @abstractmethod
    def claimed_by_others(self, client: str) -> set[str]:
        """Images that other clients hold now."""

    @abstractmethod
    def answer_to(self, client: str, number: int) -> tuple[str, str, str | None] | None:
        """Image, kind and class of what a client sent under a number; None for nothing."""

    @abstractmethod
    def undos(self, since: float, until: float) -> list[Undo]:
        """What was taken back from a moment on and before another, oldest first."""

    @abstractmethod
    def past(self, moment: float) -> Past:
        """What stood at a moment, in seconds since the epoch, of what has changed since."""

    def add(
        self,
        events: Sequence[Event],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """See `core.store.labels.base.EventStore.add`."""
        for name in {event.label for event in events if event.label is not None}:
            if reason := fault(name):
                raise WinnowError(
                    f"The label {name[:40]!r} {reason}: nothing was saved, choose another name."
                )
        rows = [(e.image_id, e.kind, e.label, e.client_seq) for e in events]
        return self.store(("image_id", "kind", "class"), rows, annotator, source, client, batch_id)

    def current(self) -> Mapping[str, Label]:
        """What counts for every image that has at least one answer in force, by image id."""
        return self.state().values

    def classes(self) -> dict[str, str]:
        """Image id → class, for the images whose label counts. Read-only."""
        state = self.state()
        if self._classes is None or self._classes[0] != state.version:
            values = {
                i: label.label for i, label in state.values.items() if label.label is not None
            }
            self._classes = (state.version, values)
        return self._classes[1]

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """See `EventStore.rename`; ``annotator`` renames what others said, too: see `relabel`."""
        return self.relabel({old: new}, "rename")

    def relabel(self, moves: Mapping[str, str], source: str, anew: bool = False) -> str | None:
        """Say other classes wherever somebody says some: one batch, so one undo.

        Each person's own answer moves, so that people who agree agree afterwards, and what counts
        among several answers stays what counted.

        Args:
            moves: class, in any spelling that reads the same → class.
            anew: say it anew where the class stays the same, too.

        Returns:
            The batch; None where nobody said any of the classes.
        """
        new_of = {same(old): new for old, new in moves.items()}
        batch, now = uuid.uuid4().hex, time.time()
        rows: list[Row] = []
        for image_id, answers in self.answers().items():
            moved = [new_of.get(same(a.label)) if a.label else None for a in answers]
            if not anew:
                labels = [answer.label for answer in answers]
                moved = [n if n != old else None for n, old in zip(moved, labels, strict=True)]
            if not any(moved):
                continue
            # Later answers of others are given anew as they were: the order decides a tie.
            first = next(place for place, new in enumerate(moved) if new)
            for answer, new in zip(answers[first:], moved[first:], strict=True):
                label, origin = new or answer.label, source if new else answer.source
                if is_settled(answer.source) and source not in (SPLIT, REMOVED):
                    origin = answer.source
                row = (image_id, answer.kind, label, answer.annotator, now, origin, batch)
                rows.append(row)
        if not rows:
            return None
        if len(rows) >= MANY:
            self.guard.before(f"{len(rows):,} labels ({source})")
        self.append(EVENT, [(*row, batch, number) for number, row in enumerate(rows, 1)])
        return batch

    def opinion(self, row: Row) -> tuple[str, str, Label]:
        """See `FollowedLog.opinion`."""
        label = Label(*row)
        return label.image_id, label.annotator, label

    def resolve(self, opinions: Sequence[Label]) -> Label | None:
        """See `FollowedLog.resolve`."""
        return resolved_label(opinions)


class TagLabels(FollowedLog[tuple[str, str], bool]):
    """The tag labels of one workspace. Safe for several threads and processes."""

    COLUMNS = ("image_id", "tag", "annotator", "value")
    SUBJECT = 2
    _by_tag: tuple[Version, dict[str, dict[str, bool]]] | None = None

    @abstractmethod
    def record(
        self, client: str, events: Sequence[TagEvent], annotator: str, source: str
    ) -> str | None:
        """Store what a client sends, in one transaction; see `Labels.record`.

        Returns:
            The batch id of its last stroke, for ``undo``; None for no events.
        """

    def add(
        self,
        events: Sequence[TagEvent],
        annotator: str,
        source: str,
        client: str | None = None,
        batch_id: str | None = None,
    ) -> str:
        """See `core.store.labels.base.EventStore.add`."""
        rows = [(e.image_id, e.tag, number(e.value), e.client_seq) for e in events]
        return self.store(("image_id", "tag", "value"), rows, annotator, source, client, batch_id)

    def rename(self, old: str, new: str, annotator: str) -> str | None:
        """Say of the tag ``new`` what is said of ``old``; one batch, so one undo."""
        events = [TagEvent(i, new, value) for i, value in self.current().get(old, {}).items()]
        return self.add(events, annotator, source="rename") if events else None

    def current(self) -> dict[str, dict[str, bool]]:
        """Tag → image id → whether it has the tag, for all that somebody has said. Read-only."""
        state = self.state()
        if self._by_tag is None or self._by_tag[0] != state.version:
            result: dict[str, dict[str, bool]] = {}
            for (image_id, tag), value in state.values.items():
                result.setdefault(tag, {})[image_id] = value
            self._by_tag = (state.version, result)
        return self._by_tag[1]

    def opinion(self, row: Row) -> tuple[tuple[str, str], str, bool | None]:
        """See `FollowedLog.opinion`."""
        image_id, tag, annotator, value = row
        return (image_id, tag), annotator, None if value is None else bool(value)

    def resolve(self, opinions: Sequence[bool | None]) -> bool | None:
        """See `FollowedLog.resolve`."""
        return resolved_tag(opinions)


def number(value: bool | None) -> int | None:
    """Whether an image has a tag, as databases keep it."""
    return None if value is None else int(value)
