"""A folder that is classified before anybody says where the result is to be written.

Its parts lie with Winnow's own files, a folder for each folder of images and model, and stay there:
what was classified can be looked at and saved, and the same once more costs a look at the files.
Of several only the latest stay.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.encoders.base import Encoder
from core.runtime.progress import Report
from core.services.sorter.browsing.listing import Listing, listing_of
from core.services.sorter.classifying import classified, digest_of
from core.services.sorter.words.speech import Speech
from core.sorter.sorter import Sorter
from core.store.places import classified_root

MOST = 5
"""Runs whose parts stay."""
_ENDING = ".parts"


def classify(
    folder: Path,
    sorter: Sorter,
    encoder: Encoder,
    report: Report | None = None,
    speech: Speech | None = None,
) -> Listing:
    """Classify all images of a folder; see `core.services.sorter.classifying.classified`.

    Args:
        speech: what images say beside their pictures; None: pictures alone are judged.

    Raises:
        WinnowError: the folder holds no images, another run works on the same at this moment, or
            the disk is full or cannot be written.
        Cancelled: asked to stop; the same run goes on from there.
    """
    notes: list[str] = []
    place = _place(folder, sorter, speech is not None)
    with classified(
        folder, sorter, encoder, place, report, note=notes.append, speech=speech, stay=True
    ) as done:
        listing = listing_of(done, notes)
        os.utime(place)
    _forget(place.parent, MOST)
    return listing


def _place(folder: Path, sorter: Sorter, speaks: bool) -> Path:
    digest = hashlib.blake2b(os.fsencode(folder.absolute()), digest_size=12)
    digest.update(f"\0{digest_of(sorter)}\0{speaks}".encode())
    return classified_root() / f"{digest.hexdigest()}{_ENDING}"


def _forget(root: Path, most: int) -> None:
    """Remove the parts of all runs but the latest; what somebody works on stays."""
    runs = sorted(root.glob(f"*{_ENDING}"), key=lambda run: -run.stat().st_mtime_ns)
    for run in runs[most:]:
        with suppress(OSError, Timeout), FileLock(f"{run}.lock", timeout=0):
            shutil.rmtree(run)
            Path(f"{run}.lock").unlink()
