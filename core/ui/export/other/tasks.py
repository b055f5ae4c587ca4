"""The long work: classifying another folder, and saving what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.project.project import Project
from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.progress import Report
from core.services.sorter import loading
from core.services.sorter.browsing.listing import Listing
from core.services.sorter.browsing.running import classify
from core.services.sorter.browsing.saving import Saved, save
from core.services.sorter.making import make_sorter
from core.services.sorter.running import Wanted
from core.services.sorter.words.speech import Speech
from core.sorter.sorter import Sorter
from core.store.people.roles import EXPORT
from core.store.workspace import check_images
from core.ui.session import host, rights, session, tasks

OTHER, SAVE = "other-folder", "other-save"
"""Kinds of work, see ``tasks``."""
Make = Callable[[Report], Sorter]


@dataclass(frozen=True, eq=False)
class Other:
    """A folder that was classified, and by what."""

    listing: Listing
    sorter: Sorter


@dataclass(frozen=True, eq=False)
class Written:
    """What was written, and of which folder."""

    of: Other
    saved: Saved


def key() -> str:
    """Of the open question, else of this browser session: where this work is found."""
    project = session.current()
    return project.key if project is not None else session.name()


def latest(kind: str) -> Task | None:
    """The latest work of a kind."""
    return tasks.task(kind, key())


def of_question(project: Project, snapshot: Snapshot, with_words: bool) -> Make:
    """A model that is made of the open question as it is when the work begins.

    Args:
        with_words: what images say is judged, too.
    """

    def make(report: Report) -> Sorter:
        now = project.snapshot(snapshot.classes)
        silent = now if with_words else now.speaking("")
        return make_sorter(silent, "this question", exemplars=False, report=report)

    return make


def start(images: Path, make: Make, speech: Speech | None) -> None:
    """Classify a folder or archive."""

    def work(report: Report) -> Other:
        notes: list[str] = []
        folder = check_images(images, report)
        sorter = make(report)
        encoder = host.shared.encoder(sorter.content.encoder.spec, report)
        loading.check(sorter.content, encoder, notes.append)
        listing = classify(folder, sorter, encoder, report, speech)
        return Other(replace(listing, notes=(*notes, *listing.notes)), sorter)

    tasks.forget(SAVE, key())
    tasks.start(OTHER, key(), "Classifying", work)


def start_saving(other: Other, wanted: Wanted) -> None:
    """Write what was classified."""
    rights.require(EXPORT)

    def work(report: Report) -> Written:
        encoder = host.shared.encoder(other.sorter.content.encoder.spec, report)
        return Written(other, save(other.listing, other.sorter, encoder, wanted, report))

    tasks.start(SAVE, key(), "Saving", work)
