"""What changed since a moment: labels, classes and prompts, the model, exports, predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.export.record.past import Run, runs_of
from core.learn.judging.estimates import Estimates
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts import history
from core.prompts.comparing import Flip, renamed_classes
from core.prompts.vocabulary import Vocabulary
from core.services.metrics.runs.exported import record_of
from core.services.metrics.runs.listing import PAST
from core.services.predict.recording import past_of
from core.store.history import journal
from core.store.history.predictions import Past, keep, last_before
from core.store.labels.answers import Labels
from core.store.labels.base import Label
from core.store.labels.history import since


@dataclass(frozen=True)
class OfClass:
    """What changed in the labels of a class.

    Attributes:
        new: images that had no label and have this one.
        into, out_of: images whose label became this one, or this one became another.
        removed: images that had this label and have none, or an answer without a class.
    """

    new: int = 0
    into: int = 0
    out_of: int = 0
    removed: int = 0


@dataclass(frozen=True)
class LabelChanges:
    """What changed in the labels.

    Attributes:
        labeled, changed, removed: images that got a label, another one, or lost theirs.
        classes: class → that, only classes in which something changed.
        people: person → answers since that stand; undone: person → strokes that they took back.
    """

    labeled: int
    changed: int
    removed: int
    classes: dict[str, OfClass]
    people: Mapping[str, int]
    undone: Mapping[str, int]


@dataclass(frozen=True)
class PromptChanges:
    """What changed in the classes.

    Attributes:
        added, removed: classes; renamed: old name → new one, with the same prompts.
        prompts: class → prompts that came and prompts that went, of classes that stayed.
        begun: there is no version on record from before the moment.
    """

    added: list[str]
    removed: list[str]
    renamed: Mapping[str, str]
    prompts: dict[str, tuple[list[str], list[str]]]
    begun: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.removed or self.renamed or self.prompts)


@dataclass(frozen=True)
class ModelChanges:
    """What changed in the collection.

    Attributes:
        now, before: specs of the models; ``before`` is None where that is not on record.
        changed: the model is another one, or its weights are.
        embedded, gone: images that were embedded, and files that left.
    """

    now: str
    before: str | None
    changed: bool
    embedded: int
    gone: int


@dataclass(frozen=True, eq=False)
class Moves:
    """How the predictions moved.

    Attributes:
        time: of the record that they are compared with, seconds since the epoch.
        compared: images that are in the record and in the collection; new: only in the latter.
        flips: groups of images that go from one class to another, the largest first.
        accuracy: what the random images said then: value, low, high; None where that is not known.
    """

    time: float
    compared: int
    new: int
    flips: list[Flip]
    accuracy: tuple[float, float, float] | None = None

    @property
    def moved(self) -> int:
        """Images whose class is another one."""
        return sum(len(flip.rows) for flip in self.flips)


@dataclass(frozen=True, eq=False)
class Changes:
    """All that changed since a moment; ``moves`` is None where nothing is on record to compare."""

    moment: float
    labels: LabelChanges
    prompts: PromptChanges
    model: ModelChanges
    exports: list[Run] = field(default_factory=list)
    moves: Moves | None = None


def changes(snapshot: Snapshot, store: Labels, predictions: Predictions, moment: float) -> Changes:
    """Compare a question with what it was.

    Args:
        predictions: of the snapshot's images.
        moment: seconds since the epoch.

    Raises:
        WinnowError: the labels cannot be read.
    """
    workspace = snapshot.workspace
    runs, prompts = runs_of(workspace.runs), _prompts(snapshot, moment)
    return Changes(
        moment,
        _labels(store, moment),
        prompts,
        _model(snapshot, moment),
        [run for run in runs if run.when.timestamp() > moment],
        _moves(snapshot, predictions, moment, runs, prompts.renamed),
    )


def remember(
    snapshot: Snapshot, predictions: Predictions, estimates: Estimates | None, now: float
) -> None:
    """Keep a record of predictions, for later moments to be compared with.

    Args:
        now: seconds since the epoch.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    figures: dict[str, object] = {"labels": int(predictions.labeled.sum())}
    if estimates is not None and estimates.accuracy.value is not None:
        share = estimates.accuracy
        figures |= {"accuracy": share.value, "low": share.low, "high": share.high}
        figures |= {"n": estimates.n}
    keep(
        snapshot.workspace.home / PAST,
        past_of(snapshot, predictions, now, figures),
    )


def _labels(store: Labels, moment: float) -> LabelChanges:
    log = since(store, moment)
    kinds: Counter[str] = Counter()
    of_class: dict[str, Counter[str]] = {}

    def count(name: str, what: str) -> None:
        of_class.setdefault(name, Counter())[what] += 1

    for image, before in log.before.items():
        old, new = _class(before), _class(log.after[image])
        if old == new:
            continue
        if old is None and new is not None:
            kinds["labeled"] += 1
            count(new, "new")
        elif new is None and old is not None:
            kinds["removed"] += 1
            count(old, "removed")
        elif old is not None and new is not None:
            kinds["changed"] += 1
            count(new, "into")
            count(old, "out_of")
    classes = {name: OfClass(**counts) for name, counts in sorted(of_class.items())}
    return LabelChanges(
        kinds["labeled"], kinds["changed"], kinds["removed"], classes, log.answers, log.taken_back
    )


def _class(label: Label | None) -> str | None:
    return None if label is None else label.label


def _prompts(snapshot: Snapshot, moment: float) -> PromptChanges:
    version = history.last_before(snapshot.workspace.vocabulary_history, moment)
    old, new = version.vocabulary if version else Vocabulary(), snapshot.classes
    renamed = renamed_classes(old.prompts(), new.prompts())
    before, after = old.shown(), new.shown()
    prompts = {}
    for name in [name for name in after if name in before]:
        come = [text for text in after[name] if text not in before[name]]
        gone = [text for text in before[name] if text not in after[name]]
        if come or gone:
            prompts[name] = (come, gone)
    return PromptChanges(
        added=[n for n in after if n not in before and n not in renamed.values()],
        removed=[n for n in before if n not in after and n not in renamed],
        renamed=renamed,
        prompts=prompts,
        begun=version is None,
    )


def _model(snapshot: Snapshot, moment: float) -> ModelChanges:
    entries = journal.entries(snapshot.workspace.root)
    before = next((entry for entry in reversed(entries) if entry.time <= moment), None)
    later = [entry for entry in entries if entry.time > moment]
    active = snapshot.workspace.encoder
    return ModelChanges(
        now=active.spec if active else "none",
        before=before.model if before else None,
        changed=bool(before and active and before.identity != active.identity),
        embedded=sum(entry.embedded for entry in later),
        gone=sum(entry.gone for entry in later),
    )


def _moves(
    snapshot: Snapshot,
    predictions: Predictions,
    moment: float,
    runs: list[Run],
    renamed: Mapping[str, str],
) -> Moves | None:
    """Against the latest record that is not after the moment, of predictions or of an export."""
    own = last_before(snapshot.workspace.home / PAST, moment)
    # An export is a record of its second: its own name says no more than that.
    earlier = [run for run in runs if run.when.timestamp() <= moment]
    exported = next(
        filter(None, (record_of(snapshot, run) for run in reversed(earlier[-3:]))), None
    )
    record = max(filter(None, (own, exported)), key=lambda past: past.time, default=None)
    if record is None:
        return None
    places = snapshot.pool.places_of(record.ids)
    is_there = places >= 0
    rows, codes = places[is_there], record.codes[is_there].astype(np.int64)
    flips = _flips(
        rows,
        ([renamed.get(name, name) for name in record.names], codes),
        (predictions.names, predictions.assigned[rows]),
        predictions.assigned_probability(),
    )
    there = len(np.unique(rows))
    return Moves(record.time, there, len(snapshot) - there, flips, _accuracy(record))


_Named = tuple[Sequence[str], np.ndarray]


def _flips(rows: np.ndarray, before: _Named, after: _Named, sure: np.ndarray) -> list[Flip]:
    """Rows (n,) that go from one class to another, in groups, the largest first.

    Args:
        before, after: names of classes, and the number of each row's class among them.
        sure: (N,) by which the rows of a group are in order.
    """
    number = {name: place for place, name in enumerate(dict.fromkeys([*before[0], *after[0]]))}
    every = list(number)
    old, new = (
        np.array([number[name] for name in names], dtype=np.int64)[codes]
        if len(codes) else codes.astype(np.int64)
        for names, codes in (before, after)
    )  # fmt: skip
    moved = np.flatnonzero(old != new)
    pairs = old[moved] * len(every) + new[moved]
    order = np.argsort(pairs, kind="stable")
    parts = np.split(moved[order], np.flatnonzero(np.diff(pairs[order])) + 1) if len(moved) else []
    flips = [
        Flip(every[old[part[0]]], every[new[part[0]]], _clearest(rows[part], sure))
        for part in sorted(parts, key=lambda part: int(part[0]))  # as they first occur
    ]
    flips.sort(key=lambda flip: -len(flip.rows))
    return flips


def _accuracy(record: Past) -> tuple[float, float, float] | None:
    value, low, high = (record.figures.get(key) for key in ("accuracy", "low", "high"))
    if isinstance(value, float) and isinstance(low, float) and isinstance(high, float):
        return value, low, high
    return None


def _clearest(rows: np.ndarray, sure: np.ndarray) -> np.ndarray:
    return rows[np.argsort(-sure[rows], kind="stable")]
