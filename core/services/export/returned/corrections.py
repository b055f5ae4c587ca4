"""Corrections that people made in the folders of an export, taken over as labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from core.export.corrected.comparing import Changes, compare
from core.export.corrected.looking import look
from core.export.corrected.places import Places
from core.export.planning import class_folders, nested
from core.export.record.run import load_manifest
from core.learn.judging.agreement import Agreement, agreement
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.data.agreements import agreements
from core.store.labels.base import Event, Kind, Label
from core.store.people.gate import note, require
from core.store.people.roles import IMPORT

Meaning = tuple[Kind, str | None]


@dataclass(frozen=True)
class Copy:
    """One person's copy of an export, as it was read.

    Attributes:
        folder: where it lies.
        annotator: whose corrections these are.
        changes: what is different there.
    """

    folder: Path
    annotator: str
    changes: Changes


@dataclass(frozen=True)
class Together:
    """Two copies of one export, compared.

    Attributes:
        one, other: whose they are.
        agreement: over all images that lie in one class folder in both.
        disputed: image id → (the one's class, the other's), where these differ.
    """

    one: str
    other: str
    agreement: Agreement
    disputed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Taken:
    """What was taken over.

    Attributes:
        copies: what was read.
        labels: answers that were stored; those that stood already are not stored again.
        already: how many those are.
        batch: undoes all of them together; None where nothing was stored.
        gone: images of the export that are no longer in the collection, with a correction.
        unknown: class → labels of a class that the question does not have now.
        together: two copies compared; None for one.
        people: (person, person) → agreement of all their labels, of those read here.
    """

    copies: Sequence[Copy]
    labels: int
    already: int
    batch: str | None
    gone: int
    unknown: Mapping[str, int]
    together: Together | None
    people: Mapping[tuple[str, str], Agreement]


def read_copy(
    folder: Path, annotator: str, snapshot: Snapshot, report: Report | None = None
) -> Copy:
    """Read what people changed in an export, or in a copy of it; nothing is written.

    A new folder that is called as one of the question's classes counts as that class, also where
    the class is younger than the export.

    Raises:
        WinnowError: the folder holds no finished export, or cannot be read.
        Cancelled: stopped on request.
    """
    manifest = load_manifest(folder)
    above = snapshot.classes.above
    flat = class_folders(snapshot.tree.names, bool(above))
    named = [*flat.items(), *nested(flat, above).items()]
    places = Places(manifest, {folder: label for label, folder in named})
    changes = compare(manifest, places, look(folder, manifest, places, report))
    return Copy(folder, annotator, changes)


def take(
    project: Project, copies: Sequence[Copy], unusable: bool = False, rest: bool = False
) -> Taken:
    """Store the corrections of one copy, or of two, as one batch.

    Where two people's copies differ, what both have is stored, so that the image is one on which
    people disagree and can be settled on the Label page.

    Args:
        unusable: deleted images are labeled "not usable".
        rest: whoever corrected a copy looked at all of it, so what stayed where it was is a label.

    Raises:
        WinnowError: two copies are one person's, or of different exports, or nothing is embedded.
    """
    snapshot = project.snapshot()
    if not len(snapshot):
        raise WinnowError(
            f"No image of {snapshot.workspace.images} is embedded, so there is none to label: "
            "embed them first."
        )
    together = _together(copies)
    stored = project.labels.answers()
    wanted = [_wanted(copy, together, unusable, rest) for copy in copies]
    source, home = f"export {copies[0].folder.name}", snapshot.workspace.home
    require(home, IMPORT)
    batch, labels, already, gone = uuid4().hex, 0, 0, 0
    unknown: Counter[str] = Counter()
    try:
        for copy, meanings in zip(copies, wanted, strict=True):
            events: list[Event] = []
            for image, meaning in meanings.items():
                if image not in snapshot.pool.rows:
                    gone += 1
                    continue
                kind, label = _spelled(snapshot, meaning, unknown)
                if _stands(stored.get(image, ()), copy.annotator, (kind, label)):
                    already += 1
                else:
                    events.append(Event(image, label, kind))
            if events:
                project.labels.add(events, copy.annotator, source, batch_id=batch)
                labels += len(events)
                note(home, IMPORT, f"{len(events):,} labels of {copy.annotator} from {source}")
    except Exception:
        project.labels.undo(batch, copies[0].annotator)  # all of it or nothing
        raise
    people = agreements(project.labels.answers()) if labels or already else {}
    ours = {copy.annotator for copy in copies}
    return Taken(
        copies, labels, already, batch if labels else None, gone, dict(unknown), together,
        {pair: of for pair, of in people.items() if ours.intersection(pair)},
    )  # fmt: skip


def _together(copies: Sequence[Copy]) -> Together | None:
    if len(copies) < 2:
        return None
    one, other = copies
    if one.annotator == other.annotator:
        raise WinnowError(
            f"Both copies would be {one.annotator}'s: name whose they are with --annotator, once "
            "for each."
        )
    if set(one.changes.paths) != set(other.changes.paths):
        raise WinnowError(
            f"{one.folder} and {other.folder} are not copies of one export: name two copies of the "
            "same, or read them one after the other."
        )
    first, second = one.changes.placed, other.changes.placed
    common = [image for image in first if image in second]
    return Together(
        one.annotator,
        other.annotator,
        agreement([first[image] for image in common], [second[image] for image in common]),
        {image: (first[image], second[image]) for image in common if first[image] != second[image]},
    )


def _wanted(
    copy: Copy, together: Together | None, unusable: bool, rest: bool
) -> dict[str, Meaning]:
    """What a copy says of each image that it says something of."""
    changes = copy.changes
    labels = dict(changes.placed if rest else changes.labels)
    for image in together.disputed if together else ():
        labels[image] = changes.placed[image]
    meanings: dict[str, Meaning] = {image: ("label", label) for image, label in labels.items()}
    if unusable:
        meanings |= dict.fromkeys(changes.deleted, ("unusable", None))
    return meanings


def _spelled(snapshot: Snapshot, meaning: Meaning, unknown: Counter[str]) -> Meaning:
    """The class as the question spells it; one that it does not have is counted."""
    kind, label = meaning
    if label is None:
        return meaning
    name = snapshot.class_of(label)
    if name is None:
        unknown[label] += 1
    return kind, name or label


def _stands(answers: Sequence[Label], annotator: str, meaning: Meaning) -> bool:
    """Whether a person's latest answer is this one already."""
    own = next((answer for answer in answers if answer.annotator == annotator), None)
    return own is not None and (own.kind, own.label) == meaning
