"""Getting one image into the export: copied, hard-linked or symbolically linked, and verified.

Errors of the source cost that one image (`SourceProblem`); errors of the destination end the run
(`WinnowError`), because every further file would meet them too.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from core.errors import WinnowError
from core.export.plan import Mode, PlanItem

_CHUNK = 1 << 20
# The content id of an image: BLAKE2b of the file's bytes, 16 bytes, in hex.
_ID_BYTES = 16
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# Not to wait for ever on a pipe that took the place of an image.
_READ |= getattr(os, "O_NONBLOCK", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_CREATE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class SourceProblem(Exception):
    """One image cannot be exported; the text is the reason, for the list of rejected images."""


class Transfer:
    """Writes planned items from one image folder into one (temporary) export folder.

    Safe to use from several threads at once; holds nothing that changes.
    """

    def __init__(self, images: Path, folder: Path, out: Path, mode: Mode, link_splits: bool):
        """
        Args:
            images: the image folder; symbolic links point at its resolved path.
            folder: the folder to write into; the folders of all targets exist already.
            out: the export's final name, for messages.
            mode: how the file in the class folder is made.
            link_splits: in the other modes than symlink, whether the file below splits/ is a hard
                link; a copy otherwise.
        """
        self._images = str(images.resolve())
        self._folder = str(folder)
        self._out = out
        self._mode = mode
        self._link_splits = link_splits

    def put(self, item: PlanItem) -> None:
        """Write one item, and its second appearance below splits/ if it has one.

        Raises:
            SourceProblem: the original is gone, unreadable, no ordinary file, or has changed.
            WinnowError: the destination does not take the file.
        """
        # Strings and os calls instead of Path: at 60,000 small files Path costs more than the copy.
        source = f"{self._images}/{item.assignment.path}"
        target = f"{self._folder}/{item.target}"
        if self._mode == "copy":
            self._copy(source, target, item)
        else:
            self._check_unchanged(source, item)
            if self._mode == "hardlink":
                self._hard_link(source, target)
            else:
                with self._destination():
                    os.symlink(source, target)  # noqa: PTH211
        if item.split_target is not None:
            self._put_in_split(target, item.target, item.split_target)

    def _copy(self, source: str, target: str, item: PlanItem) -> None:
        digest = blake2b(digest_size=_ID_BYTES)
        with reading():
            descriptor = os.open(source, _READ)
        try:
            with reading():
                info = os.fstat(descriptor)
                _check_ordinary(info)
                data = os.read(descriptor, _CHUNK)
            with self._destination():
                # As cp does: the original's permissions within the umask, so private stays private.
                written = os.open(target, _CREATE, info.st_mode & 0o777)
            try:
                while data:
                    digest.update(data)
                    with self._destination():
                        _write_all(written, data)
                    with reading():
                        data = os.read(descriptor, _CHUNK)
                with self._destination():
                    _set_times(written, target, info)
            finally:
                with self._destination():
                    os.close(written)
            if digest.hexdigest() != item.assignment.id:
                raise SourceProblem(_CHANGED)
        except SourceProblem:
            # A partly or wrongly copied file must not stay; it may not exist yet.
            if os.path.lexists(target):
                os.unlink(target)  # noqa: PTH108
            raise
        finally:
            os.close(descriptor)

    def _check_unchanged(self, source: str, item: PlanItem) -> None:
        """What can be told without reading the file, which would take away the point of linking."""
        with reading():
            info = os.stat(source)  # noqa: PTH116
        _check_ordinary(info)
        if info.st_size != item.assignment.size:
            raise SourceProblem(_CHANGED)

    def _hard_link(self, source: str, target: str) -> None:
        # link(2) would link to a symbolic link itself, which then dangles in the export.
        if os.path.islink(source):  # noqa: PTH114
            source = os.path.realpath(source)
        with self._destination(linking=True):
            try:
                os.link(source, target)
            except FileNotFoundError as error:
                raise SourceProblem(_GONE) from error

    def _put_in_split(self, target: str, name: str, split_target: str) -> None:
        second = f"{self._folder}/{split_target}"
        with self._destination():
            if self._mode == "symlink":
                # From splits/<split>/<class>/ up to the export, so that the export can be moved.
                os.symlink(f"../../../{name}", second)  # noqa: PTH211
            elif self._link_splits:
                os.link(target, second)
            else:
                _duplicate(target, second)

    @contextmanager
    def _destination(self, linking: bool = False) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise destination_error(error, self._out, linking) from error


_GONE = "the file is gone since the scan"
_CHANGED = "its content changed since the scan; embed the folder again"


@contextmanager
def reading() -> Iterator[None]:
    """Turn errors of reading an original into `SourceProblem`."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceProblem(_GONE) from error
    except OSError as error:
        raise SourceProblem(f"the file cannot be read ({error.strerror})") from error


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


def _check_ordinary(info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise SourceProblem("it is no ordinary file any more")


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _set_times(descriptor: int, target: str, info: os.stat_result) -> None:
    times = (info.st_atime_ns, info.st_mtime_ns)
    if os.utime in os.supports_fd:
        os.utime(descriptor, ns=times)
    else:
        os.utime(target, ns=times)


def _duplicate(source: str, target: str) -> None:
    """Copy a file of the export within the export."""
    original = os.open(source, _READ)
    try:
        info = os.fstat(original)
        copy = os.open(target, _CREATE, info.st_mode & 0o777)
        try:
            while data := os.read(original, _CHUNK):
                _write_all(copy, data)
            _set_times(copy, target, info)
        finally:
            os.close(copy)
    finally:
        os.close(original)
