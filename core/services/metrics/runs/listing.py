"""The runs of a question: exports, model files, moments, prompts, encoders, kept predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.export.record.past import runs_of
from core.prompts import history
from core.prompts.comparing import renamed_classes
from core.prompts.history import Version
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.metrics.runs import exported
from core.services.predict.recording import EXPORT, MODEL_FILE, MOMENT
from core.store.history import journal, ledger
from core.store.history.ledger import Note
from core.store.history.predictions import moments
from core.store.workspace import Workspace

PROMPTS, ENCODER, AUTOMATIC, PRESENT = "prompts", "encoder", "predictions", "now"
MADE = (EXPORT, MODEL_FILE, MOMENT)
"""Kinds that somebody made, with what was predicted."""
KINDS = (*MADE, PROMPTS, ENCODER, AUTOMATIC)
"""Kinds of runs, as they are called everywhere."""
PAST = "past"
"""Folder of a question with what was predicted every ten minutes."""
_LATEST = 253_402_200_000  # seconds since the epoch that still are a date: the year 9999
NOW = "now"
"""How the predictions of the present are called."""
PINNED = "pinned"
"""How the run that counts is called."""


@dataclass(frozen=True)
class Run:
    """Something that happened to a question.

    Attributes:
        id: by which it is named.
        time: seconds since the epoch.
        kind: one of `KINDS`, or `PRESENT`.
        name: of the file, folder, encoder or moment.
        person: who made it, "" where that is not on record.
        figures: as of `core.store.history.ledger.Entry`; what is not on record is missing.
        note: the latest note.
        pinned: it is the one that counts.
        place: the file with its predictions, of those that are kept every ten minutes.
        classes: of a version of the prompts.
    """

    id: str
    time: float
    kind: str
    name: str
    person: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    note: Note | None = None
    pinned: bool = False
    place: Path | None = None
    classes: Vocabulary | None = None

    @property
    def date(self) -> str:
        """When it was, for people."""
        return f"{datetime.fromtimestamp(self.time):%Y-%m-%d %H:%M}"

    @property
    def title(self) -> str:
        """What it is, for people."""
        return "now" if self.kind == PRESENT else f"{self.date} · {self.kind} · {self.name}"

    @property
    def accuracy(self) -> tuple[float, float, float] | None:
        """What random images said at the time: value, low, high."""
        value, low, high = (self.figures.get(key) for key in ("accuracy", "low", "high"))
        if isinstance(value, float) and isinstance(low, float) and isinstance(high, float):
            return value, low, high
        return None

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow runs list --json``."""
        accuracy = self.accuracy
        share = dict(zip(("value", "low", "high"), accuracy, strict=True)) if accuracy else None
        return {
            "id": self.id,
            "date": datetime.fromtimestamp(self.time).astimezone().isoformat(timespec="seconds"),
            "kind": self.kind,
            "name": self.name,
            "person": self.person or None,
            "accuracy": share,
            **{key: self.figures.get(key) for key in ("n", "labels", "classes", "images", "model")},
            "note": self.note.text if self.note else None,
            "pinned": self.pinned,
        }


def runs(workspace: Workspace, kinds: Sequence[str] = KINDS) -> list[Run]:
    """The runs of the workspace's question, the newest first.

    Args:
        kinds: those to list.
    """
    written = ledger.read(workspace.home)
    listed: list[Run] = []
    if set(MADE) & set(kinds):
        listed += _made(workspace, written)
    listed += _prompts(workspace) if PROMPTS in kinds else []
    listed += _encoders(workspace) if ENCODER in kinds else []
    listed += _automatic(workspace) if AUTOMATIC in kinds else []
    noted = [
        replace(run, note=written.notes.get(run.id), pinned=run.id == written.pinned)
        for run in listed
        if run.kind in kinds and 0 <= run.time < _LATEST
    ]
    return sorted(noted, key=lambda run: -run.time)


def note(workspace: Workspace, run: Run, text: str, person: str) -> None:
    """Write a note about a run; an empty text takes it away.

    Raises:
        WinnowError: it is too long, or cannot be written.
    """
    _lasting(run)
    ledger.write_note(workspace.home, run.id, text, person)


def pin(workspace: Workspace, run: Run | None, person: str) -> None:
    """Say which run is the one that counts; None for none.

    Raises:
        WinnowError: it does not last, or the ledger cannot be written.
    """
    if run is not None:
        _lasting(run)
    ledger.pin(workspace.home, None if run is None else run.id, person)


def renamed_since(workspace: Workspace, run: Run, classes: Vocabulary) -> Mapping[str, str]:
    """Class of a run → its name among ``classes``, where only the name differs."""
    before = run.classes
    if before is None:
        version = history.last_before(workspace.vocabulary_history, run.time)
        before = version.vocabulary if version else None
    return {} if before is None else renamed_classes(before.prompts(), classes.prompts())


def _lasting(run: Run) -> None:
    if run.kind in (PRESENT, AUTOMATIC):
        raise WinnowError(
            "What is predicted now and every ten minutes is not kept for ever: keep the moment "
            "under a name first (winnow runs keep), then pin it or note something of that."
        )


# -- sources --------------------------------------------------------------------------------------


def _made(workspace: Workspace, written: ledger.Ledger) -> Iterator[Run]:
    """Exports, model files and moments; figures of an export that the ledger lacks: its own."""
    entries = {entry.id: entry for entry in written.entries}
    for run in runs_of(workspace.runs):
        entry = entries.pop(run.folder.name, None)
        yield Run(
            run.folder.name,
            # The name of a folder holds whole seconds only: they do not order what is quick.
            entry.time if entry else run.when.timestamp(),
            EXPORT,
            run.name,
            entry.person if entry else "",
            entry.figures if entry else exported.figures_of(run),
        )
    for entry in entries.values():
        yield Run(entry.id, entry.time, entry.kind, entry.name, entry.person, entry.figures)


def _prompts(workspace: Workspace) -> Iterator[Run]:
    for version in history.read(workspace.vocabulary_history):
        classes = version.vocabulary
        yield Run(
            f"prompts-{round(version.time * 1000)}",
            version.time,
            PROMPTS,
            _in_words(version),
            figures={"classes": len(classes.names)},
            classes=classes,
        )


def _in_words(version: Version) -> str:
    names = version.vocabulary.names
    prompts = sum(map(len, version.vocabulary.shown().values()))
    return f"{len(names):,} classes, {prompts:,} prompts"


def _encoders(workspace: Workspace) -> Iterator[Run]:
    """Where the encoder became another one."""
    before = None
    for entry in journal.entries(workspace.root):
        if entry.identity != before:
            yield Run(
                f"encoder-{round(entry.time * 1000)}",
                entry.time,
                ENCODER,
                entry.model,
                figures={"images": entry.images, "model": entry.model},
            )
        before = entry.identity


def _automatic(workspace: Workspace) -> Iterator[Run]:
    for when, path in moments(workspace.home / PAST):
        yield Run(f"predictions-{path.stem}", when, AUTOMATIC, "predictions", place=path)
