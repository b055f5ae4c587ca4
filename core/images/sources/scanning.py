"""What is in a source, by the rules of a folder: suffixes, hidden names, leftovers of systems."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.images import heif
from core.images.folders import kinds
from core.images.folders.left_out import ARCHIVE, OTHER
from core.images.folders.system_names import file_reason, folder_reason
from core.images.names import shown
from core.images.scan import ARCHIVE_SUFFIXES, HEIF_SUFFIXES, IMAGE_SUFFIXES, STEP, FoundFile, Scan
from core.images.sources.base import Source
from core.runtime.progress import Report

_REPORT_EVERY = 500  # files
NO_PATH = "its name has empty parts or dots for folders, so that no path can lead to it"


def scan_source(source: Source, report: Report) -> Scan:
    """All image files of a source; as `core.images.scan.scan`, without looking into files.

    The stream is taken file by file: nothing but the result grows with it.

    Raises:
        SourceGone: it cannot be reached.
        WinnowError: it does not exist, or may not be read.
        Cancelled: asked to stop.
    """
    walk = _Walk(getattr(source, "holds_only_images", False))
    for seen, file in enumerate(source.files(), start=1):
        walk.take(file)
        if seen % _REPORT_EVERY == 0:
            report.step(STEP, seen)
    scan = walk.scan
    # Listed names come in any order, and a list of addresses may have some twice.
    scan.files.sort(key=lambda file: file.path)
    scan.files = [f for i, f in enumerate(scan.files) if not i or scan.files[i - 1].path != f.path]
    scan.problems.sort()
    scan.archives.sort()
    return scan


class _Walk:
    """Sorts listed files into images and all else."""

    def __init__(self, only_images: bool) -> None:
        self.scan = Scan()
        self._only_images = only_images  # whatever they are called
        self._passed_over: set[str] = set()  # folders

    def take(self, file: FoundFile) -> None:
        folder, _, name = file.path.rpartition("/")
        if not name:  # what some programs put into a bucket to show a folder
            return
        if not is_path(file.path):
            self.scan.problems.append((shown(file.path), NO_PATH))
        elif reason := None if self._is_passed_over(folder) else file_reason(name):
            self.scan.left_out.add(shown(file.path), reason)
        elif folder not in self._passed_over:
            self._take_visible(file, name.lower())

    def _is_passed_over(self, folder: str) -> bool:
        """Whether a folder or one above it is hidden or a system's; counted once."""
        if folder in self._passed_over:
            return True
        parts = folder.split("/") if folder else []
        for depth, part in enumerate(parts, start=1):
            reason = folder_reason(part, parts[depth - 2] if depth > 1 else "")
            if reason:
                top = "/".join(parts[:depth])
                if top not in self._passed_over:
                    self.scan.left_out.add(shown(top), reason)
                self._passed_over |= {top, folder}
                return True
        return False

    def _take_visible(self, file: FoundFile, name: str) -> None:
        suffix = name.rpartition(".")[2] if "." in name else ""
        in_table = ".parquet/" in file.path.lower()  # whose rows have numbers, no suffixes
        if suffix in IMAGE_SUFFIXES or self._only_images or in_table:
            self.scan.files.append(file)
        elif suffix in HEIF_SUFFIXES:
            self.scan.problems.append((shown(file.path), heif.INSTALL))
        elif name.endswith(ARCHIVE_SUFFIXES):
            self.scan.left_out.add(shown(file.path), ARCHIVE)
            self.scan.archives.append(shown(file.path))
        else:
            self.scan.left_out.add(shown(file.path), kinds.reason_by_name(suffix) or OTHER)


def is_path(text: str) -> bool:
    """Whether a name of a source is also a path below a folder, spelled as it is."""
    return (
        "\0" not in text
        and str(PurePosixPath(text)) == text
        and not text.startswith("/")
        and ".." not in text.split("/")
    )
