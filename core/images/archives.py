"""Unpacks the images of a ZIP or TAR archive into a folder of their own, whatever is inside.

Archives come from strangers, so nothing in them is trusted: not names (traversal, absolute paths,
two files of one name, code pages that nobody mentions), not kinds (links, devices), not sizes
(bombs), not even the archive's own suffix. A member that cannot be taken is listed with the reason;
an archive that is dangerous or damaged as a whole is refused, and then nothing of it stays behind.
"""

from __future__ import annotations

import errno
import gzip
import json
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from core.images.names import shown
from core.images.scan import ARCHIVE_SUFFIXES
from core.images.unpacking.code_pages import Reading, codec_of, title_of
from core.images.unpacking.intake import DAMAGE, Intake
from core.images.unpacking.kinds import looks_like_archive
from core.images.unpacking.members import opened, reading_of
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.progress import MEGABYTE, Report

MARKER = ".winnow-archive.json"
STEP = "Unpacking, MB"
EXAMPLES = 20
"""Names that are kept to show how an archive's names were read."""
_DAMAGE = (*DAMAGE, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error)


@dataclass
class Unpacked:
    """A folder with what was taken from an archive.

    Attributes:
        folder: where it lies.
        files: how many there are in it.
        skipped: names (made safe to show) of members that were not taken, with the reason.
        passed_over: hidden files and leftovers of systems, which are not listed.
        encoding: in which encoding names were read that do not tell theirs; None where all do.
        sure: there is no other encoding that is nearly as likely, or somebody chose this one.
        examples: some names as they were read (made safe to show), without any that are ASCII.
    """

    folder: Path
    files: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    passed_over: int = 0
    encoding: str | None = None
    sure: bool = True
    examples: list[str] = field(default_factory=list)

    @property
    def encoding_title(self) -> str:
        """What people call the encoding."""
        return title_of(self.encoding or "utf-8")


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its name or, where there is one, by its content."""
    if path.name.lower().endswith(ARCHIVE_SUFFIXES):
        return True
    try:
        with inputs.open_file(path) as file:
            return looks_like_archive(file)
    except (OSError, ValueError):
        return False


def names_of(archive: Path | IO[bytes], name: str | None = None) -> Reading:
    """How the names in an archive would be read, without unpacking it.

    Of a compressed TAR nothing is known before. Raises `WinnowError` as `unpack`.

    Args:
        archive: its path, or what is open at its beginning.
        name: what messages call it, if not by its path.
    """
    title = shown(name or str(archive))
    with _refusals(title, Path(title)):
        if not isinstance(archive, Path):
            return reading_of(archive, title)
        with inputs.open_file(archive) as raw:
            return reading_of(raw, title)


def unpacked(archive: Path, into: Path, encoding: str | None = None) -> Unpacked | None:
    """What an earlier `unpack` of exactly this archive (by size and time) left in `into`.

    Args:
        encoding: the one that names must have been read in; by default any.
    """
    try:
        mark = inputs.load_json(into / MARKER, inputs.RECORD_BYTES)
        status = archive.stat()
        if (mark["size"], mark["mtime_ns"]) != (status.st_size, status.st_mtime_ns):
            return None
        if encoding is not None and mark.get("encoding") not in (None, codec_of(encoding)):
            return None
        return Unpacked(
            into,
            int(mark["files"]),
            [(name, why) for name, why in mark["skipped"]],
            int(mark.get("passed_over", 0)),
            mark.get("encoding"),
            bool(mark.get("sure", True)),
            list(mark.get("examples", [])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unpack(
    archive: Path,
    into: Path,
    report: Report | None = None,
    name: str | None = None,
    step: str = STEP,
    encoding: str | None = None,
) -> Unpacked:
    """Unpack images, CSV and YAML files of `archive`; once, as long as the archive is unchanged.

    `into` appears in one step when all is unpacked: a crash leaves it as it was, and the next call
    begins anew. If the archive has changed since, `into` is replaced. `report` is told the
    megabytes of the archive that are done, as the step named `step`. `name` is what messages call
    the archive, if not by its path. Links to members get their content. `encoding` is that of names
    which do not tell theirs; by default the one that fits all of them best.

    Raises `WinnowError` if the archive is missing, damaged, encrypted, of another kind, holds no
    image, is a bomb (more than 2,000,000 files, or more than 200 times its size and 1 GB), if the
    disk is too small, or if `into` is a folder that was not made by unpacking; `Cancelled` when
    asked to stop, and then nothing of the archive stays behind.
    """
    codec = None if encoding is None else codec_of(encoding)
    earlier = unpacked(archive, into, encoding)
    if earlier is not None:
        return earlier
    name = shown(name or archive)
    with _refusals(name, into):
        into.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(into.parent / f".{into.name}.lock"):
            # Another process may have unpacked it while this one waited.
            earlier = unpacked(archive, into, encoding)
            return earlier or _unpack(archive, into, name, report or Report(), step, codec)


def _unpack(
    archive: Path, into: Path, name: str, report: Report, step: str, codec: str | None
) -> Unpacked:
    if into.exists() and not (into / MARKER).is_file():
        raise WinnowError(f"{into} was not made by unpacking an archive: move that folder away.")
    status = archive.stat()
    part, old = (into.with_name(f".{into.name}.{what}") for what in ("part", "old"))
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir()
    try:
        intake = Intake(name, status.st_size, part, report)
        reading = _take_all(archive, intake, status.st_size, step, codec)
        intake.check_images()
        result = _result(intake, into, reading)
        mark = {"archive": name, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
        (part / MARKER).write_text(json.dumps(mark | _as_mark(result)), encoding="utf-8")
        if into.exists():
            into.rename(old)
        part.rename(into)
        return result
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _take_all(archive: Path, intake: Intake, size: int, step: str, codec: str | None) -> Reading:
    """Take every member; how their names were read."""
    total = max(1, size // MEGABYTE)
    try:
        with opened(archive, intake.name, codec) as source:
            for member in source.members:
                intake.take(member)
                intake.report.step(step, min(member.position, size) // MEGABYTE, total)
            intake.take_links()
            return source.reading()
    except _DAMAGE as error:
        if not intake.files:
            raise
        whole = f"{intake.files:,} of its files are whole"
        raise tarfile.ReadError(f"{error or type(error).__name__}; {whole}") from error


def _result(intake: Intake, folder: Path, reading: Reading) -> Unpacked:
    return Unpacked(
        folder,
        intake.files,
        intake.skipped,
        intake.passed_over,
        reading.codec if reading.odd else None,
        reading.sure,
        [shown(name) for name in reading.examples(EXAMPLES)],
    )


def _as_mark(result: Unpacked) -> dict[str, Any]:
    return {
        "files": result.files,
        "skipped": result.skipped,
        "passed_over": result.passed_over,
        "encoding": result.encoding,
        "sure": result.sure,
        "examples": result.examples,
    }


@contextmanager
def _refusals(name: str, into: Path) -> Iterator[None]:
    """Damage and the system's refusals as one sentence."""
    try:
        yield
    except _DAMAGE as error:
        raise WinnowError(
            f"The archive {name} is damaged or not complete ({error or type(error).__name__}): "
            "get it again."
        ) from error
    except OSError as error:
        raise _os_refusal(name, into, error) from error


def _os_refusal(name: str, into: Path, error: OSError) -> WinnowError:
    if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return WinnowError(
            f"The disk that holds {into.parent} is full: free some space, then unpack {name} again."
        )
    return WinnowError(
        f"The archive {name} cannot be unpacked ({error.strerror or error}): check that it can be "
        f"read and that {into.parent} can be written."
    )
