"""Unpacks the images of a ZIP or TAR archive into a folder of their own, whatever is inside.

Archives come from strangers, so nothing in them is trusted: not names (traversal, absolute paths,
two files of one name), not kinds (links, devices), not sizes (bombs). A member that cannot be taken
is listed with the reason; an archive that is dangerous or damaged as a whole is refused, and then
nothing of it stays behind.
"""

from __future__ import annotations

import errno
import json
import shutil
import tarfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

from filelock import FileLock

from core.images.members import Member, members_of
from core.images.names import shown
from core.images.scan import ARCHIVE_SUFFIXES
from core.images.unpacked_names import clean_path, is_clutter, is_wanted, numbered
from core.runtime.errors import WinnowError
from core.runtime.progress import MEGABYTE, Report

MARKER = ".winnow-archive.json"
MAX_FILES = 2_000_000
MAX_MEMBER = 2_000_000_000
"""Bytes of one member; larger ones are left out, as `core.images.decode` would refuse them."""
MAX_RATIO = 200
"""Times that an archive may grow, beyond the first gigabyte. Photos hardly grow at all."""
FREE_BYTES = 1_000_000_000
STEP = "Unpacking, MB"
_CHUNK = 1 << 20


@dataclass
class Unpacked:
    """A folder with what was taken from an archive.

    `files` counts the files in it; `skipped` pairs the names (made safe to show) of members that
    were not taken with the reason. Hidden files and leftovers of operating systems are not listed.
    """

    folder: Path
    files: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive which `unpack` takes."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def unpacked(archive: Path, into: Path) -> Unpacked | None:
    """What an earlier `unpack` of exactly this archive (by size and time) left in `into`."""
    try:
        mark = json.loads((into / MARKER).read_text(encoding="utf-8"))
        status = archive.stat()
        if (mark["size"], mark["mtime_ns"]) != (status.st_size, status.st_mtime_ns):
            return None
        return Unpacked(into, int(mark["files"]), [(name, why) for name, why in mark["skipped"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unpack(
    archive: Path,
    into: Path,
    report: Report | None = None,
    name: str | None = None,
    step: str = STEP,
) -> Unpacked:
    """Unpack images, CSV and YAML files of `archive`; once, as long as the archive is unchanged.

    `into` appears in one step when all is unpacked: a crash leaves it as it was, and the next call
    begins anew. If the archive has changed since, `into` is replaced. `report` is told the
    megabytes of the archive that are done, as the step named `step`. `name` is what messages call
    the archive, if not by its path.

    Raises `WinnowError` if the archive is missing, damaged, encrypted, holds no image, is a bomb
    (more than 2,000,000 files, or more than 200 times its size and 1 GB), if the disk is too
    small, or if `into` is a folder that was not made by unpacking; `Cancelled` when asked to stop,
    and then nothing of the archive stays behind.
    """
    earlier = unpacked(archive, into)
    if earlier is not None:
        return earlier
    name = shown(name or archive)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(into.parent / f".{into.name}.lock"):
            # Another process may have unpacked it while this one waited.
            earlier = unpacked(archive, into)
            return earlier or _unpack(archive, into, name, report or Report(), step)
    except (BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise WinnowError(
            f"The archive {name} is damaged or not complete ({error}): get it again."
        ) from error
    except OSError as error:
        raise _os_refusal(name, into, error) from error


def _unpack(archive: Path, into: Path, name: str, report: Report, step: str) -> Unpacked:
    if into.exists() and not (into / MARKER).is_file():
        raise WinnowError(f"{into} was not made by unpacking an archive: move that folder away.")
    status = archive.stat()
    part, old = (into.with_name(f".{into.name}.{what}") for what in ("part", "old"))
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir()
    try:
        intake = Intake(name, status.st_size, part, report)
        total = max(1, status.st_size // MEGABYTE)
        for member in members_of(archive):
            intake.take(member)
            report.step(step, min(member.position, status.st_size) // MEGABYTE, total)
        result = intake.result(into)
        mark = {
            "archive": name,
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "files": result.files,
            "skipped": result.skipped,
        }
        (part / MARKER).write_text(json.dumps(mark), encoding="utf-8")
        if into.exists():
            into.rename(old)
        part.rename(into)
        return result
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


class Intake:
    """Writes members below one folder and keeps count of what they cost.

    Args:
        name: of the archive or upload, for messages.
        size: its bytes, to judge by how much it grows; None where growth says nothing.
        report: asked before each piece whether to stop.
    """

    def __init__(self, name: str, size: int | None, folder: Path, report: Report) -> None:
        self.name = name
        self.folder = folder
        self.report = report
        self.files = 0
        self.images = 0
        self.written = 0
        self.seen = 0
        self.skipped: list[tuple[str, str]] = []
        self._numbers: Counter[str] = Counter()
        self._passed = 0
        self.most = None if size is None else FREE_BYTES + MAX_RATIO * size
        self.free = shutil.disk_usage(folder).free

    def take(self, member: Member) -> None:
        """Write one member, or note why not.

        Raises:
            WinnowError: the archive is a bomb, or needs more than the disk has.
            Cancelled: asked to stop.
        """
        self.report.check()
        self.seen += 1
        if self.seen > MAX_FILES:
            raise self._bomb(f"it holds more than {MAX_FILES:,} files")
        if member.required:  # what comes after it is reached only by unpacking it, wanted or not
            self._passed += member.size
            self._check_growth(self._passed)
        if member.is_folder:
            return
        path = clean_path(member.name)
        if path is None:
            self._skip(member, "its name would lead out of the folder")
        elif is_clutter(path):
            return
        elif member.problem is not None:
            self._skip(member, member.problem)
        elif path.lower().endswith(ARCHIVE_SUFFIXES):
            self._skip(member, "it is an archive in the archive; unpack it by hand")
        elif (kind := is_wanted(path)) is None:
            self._skip(member, "it is no image")
        elif member.size > MAX_MEMBER:
            self._skip(member, f"it is larger than {MAX_MEMBER // 1_000_000:,} MB")
        else:
            self._check_room(member.size)
            self.images += self._write(member, path) and kind == "image"

    def result(self, folder: Path) -> Unpacked:
        """What was taken, now to be found in `folder`; raises if that is no image at all."""
        if not self.images:
            why = f" ({self.skipped[0][0]}: {self.skipped[0][1]})" if self.skipped else ""
            raise WinnowError(
                f"No image in {self.name} can be used{why}: choose an archive that holds "
                "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF files."
            )
        return Unpacked(folder, self.files, self.skipped)

    def _write(self, member: Member, path: str) -> bool:
        try:
            target = self._free_path(path)
        except (FileExistsError, NotADirectoryError):
            self._skip(member, "another member has the name of its folder")
            return False
        try:
            with member.open() as source, target.open("xb") as copy:
                self._copy(source, copy, member.size)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            target.unlink(missing_ok=True)
            if member.required:  # what follows a damaged place in a TAR cannot be found
                raise
            self._skip(member, f"it cannot be unpacked ({error or type(error).__name__})")
            return False
        self.files += 1
        return True

    def _free_path(self, path: str) -> Path:
        """Where a file can go; a second one of the same name gets a number, so none is lost."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():
            self._numbers[path] += 1
            target = self.folder / numbered(path, self._numbers[path] + 1)
        return target

    def _copy(self, source: IO[bytes], copy: IO[bytes], size: int) -> None:
        # Never more than was announced, whatever the compressed data hold.
        left = size
        while left and (chunk := source.read(min(_CHUNK, left))):
            self.report.check()
            copy.write(chunk)
            left -= len(chunk)
            self.written += len(chunk)
        if left:
            raise EOFError("it stops early")
        if source.read(1):
            raise BadZipFile("it is longer than announced")

    def _check_room(self, size: int) -> None:
        self._check_growth(self.written + size)
        if self.written + size > self.free:
            raise WinnowError(
                f"The archive {self.name} needs more than the {self.free // 1_000_000:,} MB "
                f"that are free for {self.folder.parent}: free some space there."
            )

    def _check_growth(self, size: int) -> None:
        if self.most is not None and size > self.most:
            raise self._bomb(f"it unpacks to more than {MAX_RATIO} times its size")

    def _bomb(self, why: str) -> WinnowError:
        return WinnowError(
            f"The archive {self.name} is refused because {why}: if you trust it, unpack it "
            "by hand and name the folder."
        )

    def _skip(self, member: Member, why: str) -> None:
        self.skipped.append((shown(member.name), why))


def _os_refusal(name: str, into: Path, error: OSError) -> WinnowError:
    if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return WinnowError(
            f"The disk that holds {into.parent} is full: free some space, then unpack {name} again."
        )
    return WinnowError(
        f"The archive {name} cannot be unpacked ({error.strerror or error}): check that it can be "
        f"read and that {into.parent} can be written."
    )
