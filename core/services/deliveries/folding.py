"""A delivery folded into the collection: its images copied into a new folder among the others.

Nothing is moved and nothing is written over. The copies are made in a hidden folder, each compared
with the content that was received, and get their name when all of them are there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.images.hash import content_id
from core.images.names import located, shown
from core.images.sources import places
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, sync_folder
from core.runtime.progress import Report
from core.services.deliveries.records import Record, add_step, images_of, table_of
from core.services.deliveries.taking import today

STEP = "Copying"


@dataclass(frozen=True)
class Folded:
    """What was copied.

    Attributes:
        folder: the new folder; None where nothing was new.
        images: how many; there: images that the collection has already, which were left out.
    """

    folder: Path | None
    images: int
    there: int


def fold_in(
    place: Path, record: Record, collection: Path, ids: Collection[str], report: Report
) -> Folded:
    """Copy a delivery's images into a new folder of the collection's.

    Args:
        collection: the image folder; ids: contents that it has already.

    Raises:
        WinnowError: the delivery lies in the collection's folder, an image is gone or has changed,
            or the disk is full; nothing is left behind then.
        Cancelled: stopped on request; nothing is left behind.
    """
    source = images_of(record)
    check_apart(source, collection)
    roots.check(collection)
    places.check_writable(collection)
    rows = _new(table_of(place, record, ["path", "id"]).rows(), ids)
    there = record.images - len(rows)
    if not rows:
        return Folded(None, 0, there)
    target = _free(collection, record.name)
    with (
        storage_errors(collection),
        tempfile.TemporaryDirectory(prefix=".winnow-", dir=collection) as hidden,
    ):
        copies = Path(hidden) / "images"
        copies.mkdir()
        for number, (path, image_id) in enumerate(rows):
            report.step(STEP, number, len(rows))
            _copy(source, copies, path, image_id)
        copies.rename(target)
        sync_folder(collection)
    add_step(place, record, f"{today()}: {len(rows):,} images folded into {target}")
    return Folded(target, len(rows), there)


def check_apart(source: Path, collection: Path) -> None:
    """Refuse a delivery that is part of the collection already.

    Raises:
        WinnowError: it is, or is gone.
    """
    real, whole = source.resolve(), collection.resolve()
    if real == whole or whole in real.parents:
        raise WinnowError(
            f"{shown(source)} lies in the collection's folder already: press Look for new images "
            "on the Data page."
        )
    if not source.is_dir():
        raise WinnowError(
            f"The delivery's folder {shown(source)} is gone: put it back, or receive it anew."
        )


def _new(rows: list[tuple[str, str]], ids: Collection[str]) -> list[tuple[str, str]]:
    """Path and content of what the collection lacks, each content once."""
    first: dict[str, str] = {}
    for path, image_id in rows:
        if image_id not in ids:
            first.setdefault(image_id, path)
    return [(path, image_id) for image_id, path in first.items()]


def _free(collection: Path, name: str) -> Path:
    safe = re.sub(r"[^\w .-]+", "-", name).strip(" -.")[:60] or "delivery"
    number, target = 1, collection / safe
    while target.exists() or target.is_symlink():
        number += 1
        target = collection / f"{safe}-{number}"
    return target


def _copy(source: Path, copies: Path, path: str, image_id: str) -> None:
    parts = PurePosixPath(path)
    file = located(source, path)
    if parts.is_absolute() or ".." in parts.parts:
        raise WinnowError(f"{shown(path)} leads out of the delivery: receive it anew.")
    roots.check(file)
    try:
        remote = places.fetched(file, inputs.RECORD_BYTES)
        data = inputs.read_bytes(file, inputs.RECORD_BYTES) if remote is None else remote[0]
    except OSError as error:
        raise WinnowError(
            f"{shown(file)} cannot be read ({error.strerror}): receive the delivery anew."
        ) from error
    if content_id(data) != image_id:
        raise WinnowError(f"{shown(file)} has changed since it came: receive the delivery anew.")
    target = copies / file.relative_to(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as copy:
        copy.write(data)
