"""Labels as arrays by row of the pool: the one way from the log of labels to what a model reads."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock

import numpy as np

from core.project.pool import Pool
from core.runtime.spelling import Matcher
from core.store.labels.base import Label, LogState, Version

NOTHING, SKIPPED, UNSURE, NONE, UNUSABLE = -1, -2, -3, -4, -5
"""Codes of images without an answer, and of those with an answer but no class."""
_CODES = {"skip": SKIPPED, "unsure": UNSURE, "none": NONE, "unusable": UNUSABLE}


@dataclass(frozen=True, eq=False)
class LabelRows:
    """What people said of a pool at one moment.

    Attributes:
        codes: (N,) int32, the number of each image's class in ``names``, or one of `NOTHING`,
            `SKIPPED`, `UNSURE`, `NONE` (of the classes) and `UNUSABLE`.
        times: (N,) float64 seconds since the epoch of the answer that counts; infinite for labels
            of one request, NaN without an answer.
        conflicts: (N,) bool, images whose annotators disagree, on the class or whether there is
            one.
        names: names of classes, those of labels and of earlier labels; any vocabulary may differ.
        by_id: image id → what counts, also for images that left the pool. Without the labels of one
            request.
        version: of the log of labels.
        extra: labels of this request only, (image id, class), sorted.
    """

    codes: np.ndarray
    times: np.ndarray
    conflicts: np.ndarray
    names: Sequence[str]
    by_id: Mapping[str, Label]
    version: Version
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Hashable:
        """Two label rows of one pool with equal keys are equal."""
        return (self.version, self.extra)

    @cached_property
    def without_class(self) -> np.ndarray:
        """(N,) bool, images with an answer that names no class: skipped, unsure, none, unusable."""
        return self.codes < NOTHING

    def human(self, classes: Sequence[str], none: str | None = None) -> np.ndarray:
        """(N,) int64 index into ``classes`` of each image's label; -1 for none of these.

        A label that is spelled as no class, but reads as one, is of that class.

        Args:
            none: the class that the answer "none of these" means; None where it means no class.
        """
        index = {name: number for number, name in enumerate(classes)}
        if any(name not in index for name in self.names):
            find = Matcher.of(classes, strict=True)
            spelled = [find(name) for name in self.names]
        else:
            spelled = list(self.names)
        # The last entries serve the negative codes.
        places = [-1 if name is None else index[name] for name in spelled]
        places += [-1] * (1 + len(_CODES))
        if none is not None:
            places[NONE] = index[none]
        return np.array(places, dtype=np.int64)[self.codes]

    def texts(self) -> list[str | None]:
        """(N,) the name of each image's class as it was labeled; None for none."""
        return [self.names[code] if code >= 0 else None for code in self.codes.tolist()]

    def overlaid(self, pool: Pool, labels: Mapping[str, str]) -> LabelRows:
        """With other labels (image id → class) that outrank these; ids of no image are left out."""
        names, codes, times = list(self.names), self.codes.copy(), self.times.copy()
        number = {name: code for code, name in enumerate(names)}
        for image_id, name in labels.items():
            row = pool.rows.get(image_id)
            if row is None:
                continue
            if name not in number:
                number[name] = len(names)
                names.append(name)
            codes[row], times[row] = number[name], np.inf
        extra = tuple(sorted(labels.items()))
        return replace(self, codes=codes, times=times, names=names, extra=extra)


@dataclass
class LabelTable:
    """Follows a log of labels for one pool: of a new state only what changed is looked at."""

    _lock: Lock = field(default_factory=Lock)
    _pool: str = ""
    _state: LogState[str, Label] | None = None
    _rows: LabelRows | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)

    def rows(self, pool: Pool, state: LogState[str, Label]) -> LabelRows:
        """The label rows of a pool in a state of the log."""
        with self._lock:
            if self._rows is not None and self._pool == pool.version and self._state is state:
                return self._rows
            changed: Iterable[str] | None = None
            if self._state is not None and self._rows is not None and self._pool == pool.version:
                changed = state.changed_since(self._state)
            if changed is None or self._rows is None:
                codes = np.full(len(pool), NOTHING, dtype=np.int32)
                times, conflicts = np.full(len(pool), np.nan), np.zeros(len(pool), dtype=bool)
                changed = state.values
            else:  # those before stay as they are: somebody may be reading them
                codes, times = self._rows.codes.copy(), self._rows.times.copy()
                conflicts = self._rows.conflicts.copy()
            for image_id in changed:
                row = pool.rows.get(image_id)
                if row is not None:
                    label = state.values.get(image_id)
                    codes[row], times[row] = self._coded(label)
                    conflicts[row] = label is not None and label.conflict
            for array in (codes, times, conflicts):
                array.setflags(write=False)
            # A list that only grows: the rows of before see names that they have no code for.
            self._rows = LabelRows(
                codes, times, conflicts, self._names, state.values, state.version
            )
            self._pool, self._state = pool.version, state
            return self._rows

    def _coded(self, label: Label | None) -> tuple[int, float]:
        if label is None:
            return NOTHING, np.nan
        if label.label is None:
            return _CODES.get(label.kind, SKIPPED), label.time
        if label.label not in self._numbers:
            self._numbers[label.label] = len(self._names)
            self._names.append(label.label)
        return self._numbers[label.label], label.time
