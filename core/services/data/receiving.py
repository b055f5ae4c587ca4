"""Uploads become image folders: archives are unpacked, loose pictures are laid side by side."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from core.images.archives import Unpacked, unpack
from core.images.scan import ARCHIVE_SUFFIXES
from core.images.unpacking.intake import Intake
from core.images.unpacking.kinds import looks_like_archive
from core.images.unpacking.member import Member
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors
from core.runtime.progress import Report
from core.store.places import received_root

STEP = "MB"
_CHUNK = 1 << 20


def receive(
    uploads: Sequence[tuple[str, IO[bytes]]],
    report: Report | None = None,
    encoding: str | None = None,
) -> Unpacked:
    """Make an image folder in the user's data folder from what was dropped into the app.

    Args:
        uploads: name and content of each file, one archive or any number of pictures (with CSV or
            YAML files). The same content gives the same folder again.
        report, encoding: as for `core.images.archives.unpack`.

    Raises:
        WinnowError: nothing usable among them, several archives, an archive that is refused, or no
            space.
        Cancelled: asked to stop; nothing is kept.
    """
    report = report or Report()
    archives = [name for name, content in uploads if is_upload_archive(name, content)]
    if archives and len(uploads) > 1:
        raise WinnowError(
            f"{len(uploads)} files were dropped, archives among them: drop one archive alone, "
            "or pictures only."
        )
    root = received_root("", "").parent
    with storage_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".upload-", dir=root) as work:
            if archives:
                return _archive(*uploads[0], Path(work), report, encoding)
            return _pictures(uploads, Path(work), report)


def is_upload_archive(name: str, content: IO[bytes]) -> bool:
    """Whether an upload is an archive, by its name or its content."""
    return name.lower().endswith(ARCHIVE_SUFFIXES) or looks_like_archive(content)


def _archive(
    name: str, content: IO[bytes], work: Path, report: Report, encoding: str | None
) -> Unpacked:
    base = PurePosixPath(name.replace("\\", "/")).name
    copy = work / "upload"  # a name of our own: the upload's is somebody else's
    digest = hashlib.blake2b(digest_size=8)
    with copy.open("wb") as target:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    os.utime(copy, ns=(0, 0))  # the folder is named after the content: the time says nothing
    return unpack(copy, received_root(base, digest.hexdigest()), report, base, STEP, encoding)


def _pictures(uploads: Sequence[tuple[str, IO[bytes]]], work: Path, report: Report) -> Unpacked:
    folder = work / "pictures"
    folder.mkdir()
    intake = Intake("the upload", None, folder, report)
    digest = hashlib.blake2b(digest_size=8)
    for name, content in sorted(uploads, key=lambda upload: upload[0]):
        data = content.read()
        digest.update(f"{len(name.encode())}:{len(data)}:".encode() + name.encode() + data)
        intake.take(Member(name, len(data), partial(io.BytesIO, data)))
    into = received_root("pictures", digest.hexdigest())
    intake.check_images()
    result = Unpacked(into, intake.files, intake.skipped, intake.passed_over)
    if not into.exists():
        folder.rename(into)
    return result
