"""Finds the image files below a folder."""

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from core.images import heif
from core.images.folders import kinds
from core.images.folders.left_out import ARCHIVE, OTHER, LeftOut
from core.images.folders.system_names import file_reason, folder_reason
from core.images.names import as_text, shown
from core.images.unreadable import reason_for_os_error
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

HEIF_SUFFIXES = frozenset({"heic", "heif"})

IMAGE_SUFFIXES: frozenset[str] = frozenset(
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"]
) | (HEIF_SUFFIXES if heif.READABLE else frozenset())
"""Suffixes of image files, lower case, without the dot."""

ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz"
)  # fmt: skip
"""Ends of the names of archives that `core.images.archives` unpacks, lower case."""

STEP = "Scanning"
_OUTSIDE = "the link leads out of the folders that this server may use; not followed"
_SAME_TEXT = "another file is called this, byte by byte; of the two, that one is used"
_REPORT_EVERY = 500  # files within one folder
_LOOKS = 1000  # at files of one unknown suffix without an image among them; then no more of them
_MOST_TIME = 2**63 - 1  # nanoseconds since 1970 that a catalog can hold: until the year 2262


def is_passed_over(name: str) -> bool:
    """Whether a scan passes over a file or folder of that name: hidden, or a system's leftover."""
    return folder_reason(name) is not None or file_reason(name) is not None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One image file: its path below the root with "/" between folders, and its size and time.

    The path is text as `core.images.names.as_text` makes it, whatever bytes the name has; `located`
    finds the file. The time is one that a catalog can hold, see `file_time`.
    """

    path: str
    size: int
    mtime_ns: int


@dataclass
class Scan:
    """What a scan saw.

    `files` are sorted by path. `left_out` says what was passed over and why, and how many links
    lead out of the folder; `ignored` counts the visible files among them, which are no images.
    `archives` are the paths (made safe to show) of ZIP and TAR files, sorted. `problems` are (path
    made safe to show, reason) for everything that could not be followed or read, sorted by path.
    """

    files: list[FoundFile] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    archives: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ignored(self) -> int:
        """Visible files that are no images, by name or content."""
        return self.left_out.ignored


def file_time(status: os.stat_result) -> int:
    """The modification time in nanoseconds since 1970, cut to what a catalog can hold.

    Cameras with an empty battery and damaged disks write dates of any year.
    """
    return max(-_MOST_TIME, min(_MOST_TIME, status.st_mtime_ns))


def scan(
    root: Path,
    exclude: Collection[Path] = (),
    report: Report | None = None,
) -> Scan:
    """All image files below `root`, by suffix; without one that says what a file is, by content.

    A file whose suffix is none of images and none that is known for other things ("a.jpg?w=600",
    "b.jpg_original", no suffix at all) is an image if its first bytes are those of one.

    Hidden files and folders (name begins with "."), recycle bins, snapshots and previews of
    storages and leftovers of systems are passed over, see `core.images.folders.system_names`; all
    that is left out is counted. Folders in `exclude` that lie below the root are not entered.

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
        self.looks: Counter[str] = Counter()
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
        self._report_doubles()
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
        if not roots.allows(target):
            self._problem(relative, _OUTSIDE)
        elif not any(target.startswith(folder + os.sep) for folder in self.excluded):
            if not self._is_inside(target):
                self.scan.left_out.links_out.add(shown(relative))
            self._enter(relative)

    def _is_inside(self, real: str) -> bool:
        return real == self.real_root or real.startswith(self.real_root.rstrip(os.sep) + os.sep)

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
        is_link = False
        try:
            is_link = entry.is_symlink()
            if entry.is_dir():
                self._take_folder(relative, entry.name, is_link)
                return
            if reason := file_reason(entry.name):
                self.scan.left_out.add(shown(relative), reason)
                return
            self.seen += 1
            if self.seen % _REPORT_EVERY == 0:
                self._step()
            self._take_visible(relative, entry, is_link)
        except FileNotFoundError:
            self._problem(
                relative, "the link is broken" if is_link else "the file is no longer there"
            )
        except OSError as error:
            self._problem(relative, reason_for_os_error(error))

    def _take_folder(self, relative: str, name: str, is_link: bool) -> None:
        parent = os.path.basename(os.path.dirname(self._absolute(relative)))  # noqa: PTH119, PTH120
        if reason := folder_reason(name, parent):
            self.scan.left_out.add(shown(relative), reason)
        elif is_link:
            self.links.append(relative)
        else:
            self._enter(relative)

    def _take_visible(self, relative: str, entry: "os.DirEntry[str]", is_link: bool) -> None:
        lowered = entry.name.lower()
        suffix = lowered.rpartition(".")[2] if "." in lowered else ""
        status = entry.stat()  # a broken link is worth a word even if its name is no image's
        if suffix in IMAGE_SUFFIXES:
            self._take_file(relative, status, is_link)
        elif suffix in HEIF_SUFFIXES:
            self._problem(relative, heif.INSTALL)
        elif lowered.endswith(ARCHIVE_SUFFIXES):
            self.scan.left_out.add(shown(relative), ARCHIVE)
            self.scan.archives.append(shown(relative))
        elif reason := kinds.reason_by_name(suffix):
            self.scan.left_out.add(shown(relative), reason)
        elif self._holds_image(relative, suffix, status):
            self._take_file(relative, status, is_link)
        else:
            self.scan.left_out.add(shown(relative), OTHER)

    def _holds_image(self, relative: str, suffix: str, status: os.stat_result) -> bool:
        """Looks into a file whose name does not tell; not for ever where none is an image."""
        if not stat.S_ISREG(status.st_mode) or not status.st_size or self.looks[suffix] >= _LOOKS:
            return False
        path = Path(self._absolute(relative))
        holds = roots.allows(path) and kinds.holds_image(path)
        self.looks[suffix] += 1 if not holds else -_LOOKS
        return holds

    def _take_file(self, relative: str, status: os.stat_result, is_link: bool) -> None:
        if is_link and not roots.allows(self._absolute(relative)):
            self._problem(relative, _OUTSIDE)
        elif stat.S_ISREG(status.st_mode):
            if is_link and not self._is_inside(os.path.realpath(self._absolute(relative))):
                self.scan.left_out.links_out.add(shown(relative))
            file = FoundFile(as_text(relative), status.st_size, file_time(status))
            self.scan.files.append(file)
        else:
            what = "the link does not lead to" if is_link else "it is not"
            self._problem(relative, f"{what} a regular file")

    def _report_doubles(self) -> None:
        """Names of bytes that are no text can equal another's when written out: one is used."""
        by_path = {file.path: file for file in reversed(self.scan.files)}
        if len(by_path) < len(self.scan.files):
            counts = Counter(file.path for file in self.scan.files)
            self.scan.problems += [(p, _SAME_TEXT) for p, count in counts.items() if count > 1]
            self.scan.files = [self._literal(by_path[path], counts) for path in sorted(by_path)]

    def _literal(self, file: FoundFile, counts: Counter[str]) -> FoundFile:
        """The one that `located` finds, of several files that are one as text."""
        if counts[file.path] < 2:
            return file
        status = os.stat(self._absolute(file.path))  # noqa: PTH116
        return FoundFile(file.path, status.st_size, file_time(status))

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
