"""Finds the image files below a folder."""

import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from core.images import heif
from core.images.names import shown
from core.images.unreadable import reason_for_os_error
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

_HEIF_SUFFIXES = frozenset({"heic", "heif"})

IMAGE_SUFFIXES: frozenset[str] = frozenset(
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"]
) | (_HEIF_SUFFIXES if heif.READABLE else frozenset())
"""Suffixes of image files, lower case, without the dot."""

ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz"
)  # fmt: skip
"""Ends of the names of archives that `core.images.archives` unpacks, lower case."""

# Left behind by operating systems and storage boxes; lower case.
_SYSTEM_FOLDERS = frozenset(
    {"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"}
)
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})

STEP = "Scanning"
_REPORT_EVERY = 500  # files within one folder


def is_passed_over(name: str) -> bool:
    """Whether a scan passes over a file or folder of that name: hidden, or a system's leftover."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES | _SYSTEM_FOLDERS


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One image file: its path below the root with "/" between folders, and its size and time."""

    path: str
    size: int
    mtime_ns: int


@dataclass
class Scan:
    """What a scan saw.

    `files` are sorted by path. `ignored` counts visible files whose suffix is no image's;
    `archives` are the paths (made safe to show) of ZIP and TAR files among them, sorted.
    `problems` are (path made safe to show, reason) for everything that could not be followed or
    read, sorted by path.
    """

    files: list[FoundFile] = field(default_factory=list)
    ignored: int = 0
    archives: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def scan(
    root: Path,
    exclude: Collection[Path] = (),
    report: Report | None = None,
) -> Scan:
    """All image files below `root`, by suffix; their content is not looked at.

    Hidden files and folders (name begins with ".") and leftovers of the operating system are
    passed over. Folders in `exclude` that lie below the root are not entered.

    Symbolic links are followed, out of the root too, because collections are often put together
    from links: a link is taken as its owner's wish to have the target in the collection. Three
    rules keep that safe: a real folder is visited once, by its real path if it has one below the
    root; a link to a folder that contains the root is reported, not followed; and only regular
    files count, so that a pipe or a device named x.jpg can never be opened. Paths in the result
    always lie below the root and hold no "..".

    `report` is told the number of files seen, after each folder and within large ones.

    Raises `WinnowError` if the root is missing, a file or unreadable, and `Cancelled` when asked to
    stop.
    """
    return _Walk(_checked_root(root), exclude, report or Report()).run()


def _checked_root(root: Path) -> Path:
    try:
        status = root.stat()
    except FileNotFoundError:
        raise WinnowError(
            f'The image folder "{shown(root)}" does not exist; check the path.'
        ) from None
    except (OSError, ValueError) as error:
        raise WinnowError(_unreadable_root(root, error)) from None
    if not stat.S_ISDIR(status.st_mode):
        raise WinnowError(
            f'"{shown(root)}" is a file, not a folder; name the folder that holds the images.'
        )
    return root


def _unreadable_root(root: Path, error: Exception) -> str:
    reason = reason_for_os_error(error) if isinstance(error, OSError) else "its name is not valid"
    return f'The image folder "{shown(root)}" cannot be read: {reason}; check it and try again.'


class _Walk:
    """One pass over the tree. Real folders come first and links to folders wait until the end,
    so that the outcome does not depend on the order in which the system lists a folder."""

    def __init__(self, root: Path, exclude: Iterable[Path], report: Report) -> None:
        self.root = str(root)
        self.real_root = os.path.realpath(root)
        self.report = report
        self.scan = Scan()
        self.seen = 0
        self.visited: set[tuple[int, int] | str] = set()
        self.folders: list[str] = []
        self.links: list[str] = []
        self.excluded = [os.path.realpath(path) for path in exclude]
        for path in self.excluded:
            key = _folder_key(path)
            if key is not None:
                self.visited.add(key)
        self.visited.discard(_folder_key(self.root) or "")

    def run(self) -> Scan:
        """Walks everything; see `scan`."""
        self._enter("")
        while self.folders or self.links:
            while self.folders:
                self._list(self.folders.pop())
            waiting, self.links = sorted(self.links), []
            for link in waiting:
                self._follow(link)
                while self.folders:
                    self._list(self.folders.pop())
        self._step()
        self.scan.files.sort(key=lambda file: file.path)
        self.scan.problems.sort()
        self.scan.archives.sort()
        # A drive that was disconnected on the way looks like a folder whose files were removed.
        _checked_root(Path(self.root))
        return self.scan

    def _enter(self, relative: str) -> None:
        """Queues a real folder unless it has been visited or excluded."""
        key = _folder_key(self._absolute(relative))
        if key is None:
            self._problem(relative, "the folder is no longer there or cannot be reached")
        elif key not in self.visited:
            self.visited.add(key)
            self.folders.append(relative)

    def _follow(self, relative: str) -> None:
        """Queues the target of a link to a folder."""
        target = os.path.realpath(self._absolute(relative))
        if self.real_root == target or self.real_root.startswith(target.rstrip(os.sep) + os.sep):
            self._problem(
                relative, "the link leads to a folder that contains this collection; not followed"
            )
            return
        if not any(target.startswith(folder + os.sep) for folder in self.excluded):
            self._enter(relative)

    def _list(self, relative: str) -> None:
        try:
            with os.scandir(self._absolute(relative)) as entries:
                for entry in entries:
                    self._take(f"{relative}/{entry.name}" if relative else entry.name, entry)
        except OSError as error:
            if not relative:
                raise WinnowError(_unreadable_root(Path(self.root), error)) from None
            self._problem(relative, reason_for_os_error(error))
        self._step()

    def _take(self, relative: str, entry: "os.DirEntry[str]") -> None:
        name = entry.name
        lowered = name.lower()
        if name.startswith(".") or lowered in _SYSTEM_FILES:
            return
        try:
            is_link = entry.is_symlink()
            if entry.is_dir():
                self._take_folder(relative, lowered, is_link)
                return
            self.seen += 1
            if self.seen % _REPORT_EVERY == 0:
                self._step()
            if is_link:
                entry.stat()  # a broken link is worth a word even if its name is no image's
            suffix = lowered.rpartition(".")[2] if "." in lowered else ""
            if suffix not in IMAGE_SUFFIXES:
                self._ignore(relative, lowered, suffix)
            elif not _is_utf8(name):
                self._problem(relative, "its name is not valid UTF-8; rename it")
            else:
                self._take_file(relative, entry.stat(), is_link)
        except FileNotFoundError:
            self._problem(
                relative, "the link is broken" if is_link else "the file is no longer there"
            )
        except OSError as error:
            self._problem(relative, reason_for_os_error(error))

    def _take_folder(self, relative: str, lowered: str, is_link: bool) -> None:
        if lowered in _SYSTEM_FOLDERS:
            return
        if not _is_utf8(lowered):
            self._problem(relative, "the folder's name is not valid UTF-8; rename it")
        elif is_link:
            self.links.append(relative)
        else:
            self._enter(relative)

    def _take_file(self, relative: str, status: os.stat_result, is_link: bool) -> None:
        if stat.S_ISREG(status.st_mode):
            self.scan.files.append(FoundFile(relative, status.st_size, status.st_mtime_ns))
        else:
            what = "the link does not lead to" if is_link else "it is not"
            self._problem(relative, f"{what} a regular file")

    def _ignore(self, relative: str, lowered: str, suffix: str) -> None:
        if suffix in _HEIF_SUFFIXES:
            self._problem(relative, heif.INSTALL)
        else:
            self.scan.ignored += 1
            if lowered.endswith(ARCHIVE_SUFFIXES):
                self.scan.archives.append(shown(relative))

    def _absolute(self, relative: str) -> str:
        return os.path.join(self.root, relative) if relative else self.root  # noqa: PTH118

    def _problem(self, relative: str, reason: str) -> None:
        self.scan.problems.append((shown(relative), reason))

    def _step(self) -> None:
        self.report.step(STEP, self.seen)


def _folder_key(path: str) -> tuple[int, int] | str | None:
    """What tells one real folder from another, or None if there is no folder."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a DirEntry's own stat has no inode on Windows
    except (OSError, ValueError):
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _is_utf8(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
