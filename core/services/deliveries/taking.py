"""What is done with a delivery once it is received: labeled on, exported, folded in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from core.encoders.base import Encoder
from core.images.names import as_text, shown
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.deliveries.records import Record, add_step, images_of, model_of
from core.services.deliveries.speaking import speech_of_record
from core.services.sorter import folders, running
from core.services.sorter.running import Outcome, Wanted
from core.sorter.model_file import read
from core.sorter.sorter import Sorter


def sorter_of(place: Path, record: Record) -> Sorter:
    """The model that received a delivery.

    Raises:
        WinnowError: its file is gone or damaged.
    """
    return read(model_of(place, record))


def workspace_for(place: Path, record: Record) -> tuple[Path, str]:
    """A workspace of a delivery with the classes of the model; its folder, and the encoder's name.

    A workspace that is there already goes on, and keeps its own classes. Its audit images come in
    the order of the images to ask, because both follow from the images' content alone.

    Raises:
        WinnowError: the delivery's folder or the model file is gone.
    """
    sorter, images = sorter_of(place, record), images_of(record)
    roots.check(images)
    project = Project.open(images)
    if not project.classes().names:
        *parts, last = sorter.content.classes
        none = None if last.prompts else last.name  # what is none of the others comes last
        spoken = parts if none else [*parts, last]
        classes = {part.name: part.prompts or [part.name] for part in spoken}
        project.save_vocabulary(Vocabulary.of(classes).with_none(none))
    add_step(place, record, f"{today()}: labeled on")
    return project.workspace.root, sorter.content.encoder.spec


def export(
    place: Path, record: Record, sorter: Sorter, encoder: Encoder, out: Path, report: Report
) -> Outcome:
    """Accept a delivery as the model sorted it: copies in class folders.

    Raises:
        WinnowError: the folder cannot be written to, or the delivery is gone.
        Cancelled: stopped on request.
    """
    roots.check(out)
    wanted = Wanted(folders.options("copy", csv_safe=True), folders=out)
    speech = speech_of_record(sorter, place, record)
    images = images_of(record)
    outcome = running.run(images, sorter, encoder, wanted, report, speech=speech)
    add_step(place, record, f"{today()}: accepted and exported to {as_text(str(out))}")
    return outcome


def check_export(record: Record, out: Path) -> None:
    """Refuse a folder that a delivery cannot be exported to.

    Raises:
        WinnowError: it is.
    """
    roots.check(out)
    images = images_of(record)
    if not images.is_dir():
        raise WinnowError(
            f"The delivery's folder {shown(images)} is gone: put it back, or receive it anew."
        )
    folders.check_destination(images, out)


def today() -> str:
    """The date, in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"
