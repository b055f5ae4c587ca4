"""A log of events that is followed and not reread, whatever database keeps it.

The answers that count are kept in memory. A look at them asks the database for two numbers, the
last event and the last undo, and reads only the events that came since, of this process or another.
"""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import RLock
from typing import Any, ClassVar, Generic

from core.store.backups.guard import MANY, Guard
from core.store.labels.base import LogState, Subject, Value, Version

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """An event of a log, in force or taken back.

    Attributes:
        time: seconds since the epoch.
        undone_by: who took it back, None for nobody.
    """

    image_id: str
    person: str
    time: float
    source: str
    batch: str
    undone_by: str | None


class FollowedLog(ABC, Generic[Subject, Value]):
    """What counts in one log, as one process sees it. Safe for several threads and processes.

    One kind of subclass says which columns an answer is made of and how the answers of several
    people become one; the other how a database is asked. A store is both.

    Attributes:
        rows_read: events read from the database since the log was opened.
    """

    COLUMNS: ClassVar[tuple[str, ...]]
    """What is read of an event, the columns of the subject first."""
    SUBJECT: ClassVar[int] = 1
    """How many of them make the subject."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.rows_read = 0
        self._identity_seen = (0, 0)
        self._lock = RLock()
        self._opinions: dict[Subject, dict[str, Any]] = {}
        self._journal: list[Subject] = []
        self._state: LogState[Subject, Value] = LogState((0, 0), {}, self._journal, 0)

    # -- what an answer is -----------------------------------------------------------------------

    @abstractmethod
    def opinion(self, row: Row) -> tuple[Subject, str, Any]:
        """Subject, annotator and answer of a row of `COLUMNS`."""

    @abstractmethod
    def resolve(self, opinions: Sequence[Any]) -> Value | None:
        """What counts, from each annotator's latest answer, oldest first; None for nothing."""

    # -- how the database is asked ---------------------------------------------------------------

    @abstractmethod
    def look(self) -> AbstractContextManager[Any]:
        """A connection that reads one moment."""

    @abstractmethod
    def moment(self, connection: Any) -> tuple[Version, tuple[int, int]]:
        """The version, and what differs when the events of before may not be the ones there now."""

    @abstractmethod
    def events_after(self, connection: Any, seq: int) -> list[Row]:
        """Rows of `COLUMNS` of the events in force with a number above ``seq``, by number."""

    @abstractmethod
    def touched(self, connection: Any, undos: int) -> tuple[list[Row], list[Row]]:
        """Subjects of which undos after the number ``undos`` are, and all events in force on them.

        Returns:
            The columns of each subject, and rows of `COLUMNS` by number.
        """

    @abstractmethod
    def append(self, names: Sequence[str], rows: list[Row]) -> None:
        """Store events of one client in one transaction, each of its numbers once.

        Args:
            names: columns of the rows; the last two are "client" and "client_seq".
        """

    @abstractmethod
    def logged(self, since: float, until: float) -> list[Logged]:
        """All events from a moment on and before another, by number.

        Args:
            since, until: seconds since the epoch.
        """

    @abstractmethod
    def ever(self) -> int:
        """How many events the log was ever given: none of them is deleted, so it never falls."""

    @abstractmethod
    def acknowledged(self, client: str) -> int:
        """The highest number stored for ``client``; 0 when there is none."""

    @abstractmethod
    def undo(self, batch_id: str, annotator: str) -> list[str]:
        """Take a batch back; returns the image ids it touched (empty: nothing left to undo)."""

    @abstractmethod
    def news(self) -> int | None:
        """Rises when somebody changed the log; None where that is only seen by looking."""

    @abstractmethod
    def waiting(self) -> str:
        """What to say while the database does not answer; "" while it does."""

    # -- reading ---------------------------------------------------------------------------------

    def state(self) -> LogState[Subject, Value]:
        """What counts now, with the version it belongs to."""
        with self._lock, self.look() as connection:
            version, identity = self.moment(connection)
            if version == self._state.version and identity == self._identity_seen:
                return self._state
            last, undos = self._state.version
            # Another log lies there now. Where nothing was read there is nothing to forget.
            another = version < (last, undos) or identity != self._identity_seen
            another = another and (last, undos) != (0, 0)
            if another:
                last, undos = 0, 0
            # All is read before anything is changed: a connection may break at any point.
            subjects: list[Row] = []
            of_them: list[Row] = []
            if last and version[1] > undos:
                subjects, of_them = self.touched(connection, undos)
            fresh = self.events_after(connection, last)
            self.rows_read += len(of_them) + len(fresh)
            self._identity_seen = identity
            if another:
                self._opinions, self._journal = {}, []
            changed = dict.fromkeys(self._forgotten(subjects, of_them))
            changed |= dict.fromkeys(self._heard(fresh))
            self._state = self._next(version, changed)
            return self._state

    def answers(self) -> dict[Subject, list[Any]]:
        """Each annotator's latest answer in force, oldest first, by subject."""
        with self._lock:
            self.state()
            return {subject: list(own.values()) for subject, own in self._opinions.items()}

    def answers_to(self, subjects: Iterable[Subject]) -> dict[Subject, list[Any]]:
        """``answers`` to some subjects alone; those without any are left out."""
        with self._lock:
            self.state()
            opinions = self._opinions
            return {one: list(opinions[one].values()) for one in subjects if one in opinions}

    def version(self) -> Version:
        """See `core.store.labels.base.Version`."""
        with self.look() as connection:
            return self.moment(connection)[0]

    # -- writing ---------------------------------------------------------------------------------

    def store(
        self,
        columns: Sequence[str],
        rows: Iterable[Row],
        annotator: str,
        source: str,
        client: str | None,
        batch_id: str | None,
    ) -> str:
        """Store events in one transaction and return their batch id.

        Args:
            columns: names of a row's values, but for the last, which is the client's number of it;
                None is its place in ``rows``.
        """
        client, batch_id = client or uuid.uuid4().hex, batch_id or uuid.uuid4().hex
        shared = (annotator, time.time(), source, batch_id, client)
        names = [*columns, "annotator", "time", "source", "batch_id", "client", "client_seq"]
        values = [
            (*row[:-1], *shared, place if row[-1] is None else row[-1])
            for place, row in enumerate(rows)
        ]
        if len(values) >= MANY:
            self.guard.before(f"{len(values):,} labels ({source})")
        self.append(names, values)
        return batch_id

    # -- inside ----------------------------------------------------------------------------------

    def _forgotten(self, subjects: Iterable[Row], rows: Iterable[Row]) -> Iterator[Subject]:
        """Hear anew what is said of the subjects of newly undone events; yields the subjects."""
        values: list[Any] = list(subjects)
        if self.SUBJECT == 1:
            values = [value[0] for value in values]
        for subject in values:
            self._opinions.pop(subject, None)
        # Events that are new as well are heard twice, which changes nothing.
        for _ in self._heard(rows):
            pass
        yield from values

    def _heard(self, rows: Iterable[Row]) -> Iterator[Subject]:
        for row in rows:
            subject, annotator, answer = self.opinion(row)
            own = self._opinions.setdefault(subject, {})
            own.pop(annotator, None)  # re-inserted last: dicts keep the order of time
            own[annotator] = answer
            yield subject

    def _next(self, version: Version, changed: Iterable[Subject]) -> LogState[Subject, Value]:
        """The state after changes; the one before stays as it is, somebody may be looking at it."""
        fresh = self._journal is self._state.journal
        values: dict[Subject, Value] = dict(self._state.values) if fresh else {}
        for subject in changed:
            opinions = self._opinions.get(subject)
            value = self.resolve(list(opinions.values())) if opinions else None
            # Re-inserted last where it changed, so that the order is that of the last change.
            values.pop(subject, None)
            if value is not None:
                values[subject] = value
            self._journal.append(subject)
        return LogState(version, values, self._journal, len(self._journal))
