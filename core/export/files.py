"""The file operations of an export: reading originals, cloning, linking, and what errors mean."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from core.runtime.errors import WinnowError

if sys.platform == "linux":
    import fcntl

CHUNK = 1 << 20
# The content id of an image: BLAKE2b of the file's bytes, 16 bytes, in hex.
ID_BYTES = 16
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# Not to wait for ever on a pipe that took the place of an image.
READ |= getattr(os, "O_NONBLOCK", 0)
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
CREATE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of a whole file
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
GONE = "the file is gone since the scan"
OUTSIDE = "it is a link out of the folders that this server may use"
CHANGED = (
    "its content has changed since it was read; read everything again (on the Data page, or "
    "winnow embed --reread)"
)


class SourceProblem(Exception):
    """One image cannot be exported; the text is the reason, for the list of rejected images."""


def source_problem(error: OSError) -> SourceProblem:
    """What an error of reading an original means."""
    if isinstance(error, FileNotFoundError):
        return SourceProblem(GONE)
    return SourceProblem(f"the file cannot be read ({error.strerror})")


def destination_error(error: OSError, out: Path, linking: bool = False) -> WinnowError:
    """One clear sentence for an error that the destination gave."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WinnowError(
            f"The disk became full while writing {out}; nothing was kept there, so make room "
            "or choose another place and run again."
        )
    if linking and error.errno == errno.EXDEV:
        return WinnowError(
            f"Hard links cannot reach from the images to {out}, which is on another file system; "
            "use --mode copy."
        )
    if linking and error.errno in _NO_HARD_LINKS:
        return WinnowError(
            f"The file system did not allow a hard link in {out} ({error.strerror}); "
            "use --mode copy."
        )
    return WinnowError(
        f"Writing {out} failed ({error.strerror or error}); nothing was kept there, so check "
        "its disk and permissions, or choose another place."
    )


def can_link_within(folder: Path) -> bool:
    """Try one hard link between two files of `folder`; False where there are none.

    Raises:
        OSError: the probe failed for another reason, such as a full disk.
    """
    probe, second = folder / ".probe", folder / ".probe-link"
    probe.touch()
    try:
        os.link(probe, second)
    except OSError as error:
        if error.errno in _NO_HARD_LINKS:
            return False
        raise
    finally:
        second.unlink(missing_ok=True)
        probe.unlink()
    return True


def content_of(path: str, from_disk: bool = False) -> str:
    """The content id of a file.

    Args:
        from_disk: drop what the system remembers of the file first, where it can be told to.

    Raises:
        SourceProblem: it cannot be read.
    """
    digest = blake2b(digest_size=ID_BYTES)
    try:
        descriptor = os.open(path, READ)
    except OSError as error:
        raise source_problem(error) from error
    try:
        if from_disk and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        for data in pieces(descriptor):
            digest.update(data)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def content_bytes(path: str, content_id: str) -> bytes:
    """The bytes of an original.

    Raises:
        SourceProblem: it cannot be read, or has another content id.
    """
    try:
        descriptor = os.open(path, READ)
    except OSError as error:
        raise source_problem(error) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceProblem("it is no ordinary file any more")
        data = b"".join(pieces(descriptor))
    finally:
        os.close(descriptor)
    if blake2b(data, digest_size=ID_BYTES).hexdigest() != content_id:
        raise SourceProblem(CHANGED)
    return data


def can_clone(folder: Path) -> bool:
    """Whether the file system shares the blocks of copies (reflinks: Btrfs, XFS, bcachefs).

    Raises:
        OSError: the folder does not take a file.
    """
    probe, second = folder / ".probe", folder / ".probe-clone"
    try:
        probe.write_bytes(b"probe")
        with probe.open("rb") as one, second.open("wb") as other:
            return clone(one.fileno(), other.fileno())
    finally:
        second.unlink(missing_ok=True)
        probe.unlink(missing_ok=True)


def clone(source: int, target: int) -> bool:
    """Let an empty open file share the blocks of another; False where that cannot be done."""
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def pieces(descriptor: int, size: int = CHUNK) -> Iterator[bytes]:
    """The content of an open original, a piece at a time.

    Args:
        size: how long it is thought to be, so that a small file takes one call and little memory.

    Raises:
        SourceProblem: it cannot be read.
    """
    asked = min(size + 1, CHUNK)
    while True:
        try:
            data = os.read(descriptor, asked)
        except OSError as error:
            raise source_problem(error) from error
        if data:
            yield data
        # A regular file gives less than was asked for only at its end.
        if len(data) < asked:
            return
        asked = CHUNK


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` to an open file, however little the system takes at a time.

    Raises:
        OSError: the file does not take it.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def set_times(descriptor: int, target: str, info: os.stat_result) -> None:
    """Give an open file the times of its original.

    Args:
        target: its path, for systems that set times by path only.
    """
    times = (info.st_atime_ns, info.st_mtime_ns)
    if os.utime in os.supports_fd:
        os.utime(descriptor, ns=times)
    else:
        os.utime(target, ns=times)


def duplicate(source: str, target: str) -> None:
    """Copy a file of the export within the export."""
    original = os.open(source, READ)
    try:
        info = os.fstat(original)
        copy = os.open(target, CREATE, info.st_mode & 0o777)
        try:
            while data := os.read(original, CHUNK):
                write_all(copy, data)
            set_times(copy, target, info)
        finally:
            os.close(copy)
    finally:
        os.close(original)
