"""Writing a file so that a crash leaves either the old one or the new one, never half of it.

What survives: after a killed process everything that was written; after a power failure everything
whose function had returned, because files and the folders that name them are flushed to the disk.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.runtime.errors import StorageError

# No space, the user's quota is used up, or a file is larger than the system lets it grow.
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
# The disk has a fault, the drive, the folder or the network that leads to it is gone, or the system
# has no more of something to give.
_BROKEN = {
    getattr(errno, name)
    for name in (
        "EIO", "ENXIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT", "ENOENT",
        "EISDIR", "EBUSY", "ENOLCK", "EMFILE", "ENFILE",
    )
    if hasattr(errno, name)
}  # fmt: skip


def mark_of(path: Path) -> tuple[int, ...]:
    """What differs once a file is written anew, by ``write_atomic`` or in place.

    Raises:
        OSError: it is not there, or cannot be looked at.
    """
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size


@contextmanager
def storage_errors(where: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write below ``where`` into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"The disk that holds {where} is full: free some space and run the same step "
                "again, what was saved so far is kept."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"{where} cannot be written: allow writing there or choose another place "
                "with --workspace."
            ) from error
        if error.errno in _BROKEN:
            raise StorageError(
                f"{where} cannot be read or written ({error.strerror}): check the disk and the "
                "connection to it and run the same step again, what was saved so far is kept."
            ) from error
        raise


def write_atomic(path: Path, data: bytes | Callable[[Path], object], private: bool = False) -> None:
    """Replace ``path`` by ``data`` in one step.

    Args:
        path: the file to replace; its folder is made when missing.
        data: the bytes, or a function that writes the file whose path it is given.
        private: nobody but its owner may read it; else who may is as for any new file.

    Raises:
        StorageError: the disk is full or broken, or the folder cannot be written.
    """
    with storage_errors(path.parent):
        with replacing(path, private) as temporary:
            if isinstance(data, bytes):
                temporary.write_bytes(data)
            else:
                data(temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append a line, without its end, to a file that only grows; what a crash cut off stays apart.

    Raises:
        StorageError: the disk is full or broken, or the file cannot be written.
    """
    with storage_errors(path.parent), path.open("a+b") as file:
        whole = file.seek(0, io.SEEK_END) == 0 or file.seek(-1, io.SEEK_END) < 0
        file.write((line if whole or file.read(1) == b"\n" else b"\n" + line) + b"\n")


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder: without it a power failure may forget a new or renamed file."""
    if os.name == "nt":  # Windows cannot open a folder, and keeps names safe by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network drives cannot
            raise
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, private: bool = False) -> Iterator[Path]:
    """A temporary file beside ``path`` for the block to write, which then becomes ``path``.

    Missing folders are made. When the block raises, ``path`` stays as it was and the temporary file
    is removed. Nothing is flushed to the disk: that is the block's business where it matters.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600 if private else 0o666))
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
