"""The files that lie in an export now, and which of its images each of them is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

from core.export.corrected.conversions import conversions
from core.export.corrected.places import Places
from core.export.files import SourceProblem, content_of
from core.images.scan import IMAGE_SUFFIXES, is_passed_over
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

STEP = "Reading the export"
_WORKERS = min(8, (os.cpu_count() or 1) * 2)  # reading waits for the disk
_BATCH = 256
_MOST = 5_000_000  # files: more than any export


@dataclass(frozen=True)
class Seen:
    """A file that lies in an export.

    Attributes:
        path: relative to the export, with forward slashes.
        id: of the image that it is; None for one that the export did not hold.
    """

    path: str
    id: str | None


def look(
    folder: Path, manifest: Mapping[str, Any], places: Places, report: Report | None = None
) -> list[Seen]:
    """Find the images of an export among the files that lie there now, by their content.

    Names and times do not matter. A symbolic link is what lies at its end, where that can be read,
    else the image that the record says it leads to; links to folders are not followed. Files that
    are no images by name and hold none of the export's are left out.

    Raises:
        WinnowError: the folder cannot be read, or holds too many files.
        Cancelled: stopped on request.
    """
    report = report or Report()
    files = list(_files(folder, places))
    originals = _Originals(folder, manifest)
    seen: list[Seen] = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="corrected") as pool:
        for start in range(0, len(files), _BATCH):
            report.step(STEP, start, len(files))
            batch = files[start : start + _BATCH]
            seen += map(Seen, batch, pool.map(originals.id_of, batch))
    report.step(STEP, len(files), len(files))
    images = [file for file in seen if file.id is not None or _is_image(file.path)]
    return _with_converted(images, folder, manifest)


def _with_converted(images: list[Seen], folder: Path, manifest: Mapping[str, Any]) -> list[Seen]:
    """The same with the images that the export holds in another format than their originals."""
    if all(file.id is not None for file in images):
        return images
    ids = conversions(folder, manifest)
    if not ids:
        return images
    result = []
    for file in images:
        content = None
        if file.id is None:
            with suppress(SourceProblem):
                content = content_of(str(folder / file.path))
        result.append(file if content is None else Seen(file.path, ids.get(content)))
    return result


def _files(folder: Path, places: Places) -> Iterator[str]:
    """Relative paths of the files to look at, sorted."""
    paths: list[str] = []
    waiting = [""]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(folder / here))
        except OSError as error:
            raise WinnowError(
                f"{folder / here} cannot be read ({error.strerror}): check its permissions."
            ) from error
        for entry in entries:
            if is_passed_over(entry.name) or (not here and not places.is_read(entry.name)):
                continue
            path = f"{here}/{entry.name}" if here else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif not (entry.is_symlink() and entry.is_dir()):
                paths.append(path)
        if len(paths) > _MOST:
            raise WinnowError(f"{folder} holds more than {_MOST:,} files: that is no export.")
    return iter(sorted(paths))


def _is_image(path: str) -> bool:
    return path.rpartition(".")[2].lower() in IMAGE_SUFFIXES


class _Originals:
    """The images of an export, by content and by where their originals lie."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self._folder = folder
        files = manifest["files"]
        self._ids = {entry["id"] for entry in files}
        self._sizes = {entry["size"] for entry in files}
        self._by_path = {entry["path"]: entry["id"] for entry in files}
        self._by_file = {entry["file"]: entry["id"] for entry in files if entry["file"]}
        self._root = _real(manifest.get("images_root") or os.sep)

    def id_of(self, path: str) -> str | None:
        """The image that a file is; None for none of the export's."""
        place = str(self._folder / path)
        try:
            real = os.path.realpath(place)
            if not roots.allows(real):
                return self._linked(path, place)
            info = os.stat(place)  # noqa: PTH116
            if not S_ISREG(info.st_mode):
                return None
            # What has the size of none of the images need not be read to know that it is none.
            if info.st_size not in self._sizes:
                return None
            content = content_of(place)
            return content if content in self._ids else None
        except (OSError, SourceProblem, ValueError):
            return self._linked(path, place)

    def _linked(self, path: str, place: str) -> str | None:
        """The image that a link whose end cannot be read was made for."""
        try:
            target = os.readlink(place)  # noqa: PTH115
        except OSError:
            return self._by_file.get(path)
        target = os.path.normpath(os.path.join(os.path.dirname(place), target))  # noqa: PTH118, PTH120
        inside = os.path.relpath(target, self._root).replace(os.sep, "/")
        return self._by_path.get(inside)


def _real(path: str) -> str:
    """Where a path leads; the top of the file system for what is none."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return os.sep
