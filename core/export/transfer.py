"""Getting one image into the export: copied, hard-linked or symbolically linked, and verified.

Errors of the source cost that one image (`SourceProblem`); errors of the destination end the run
(`WinnowError`), because every further file would meet them too.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from core.export.files import (
    CHANGED,
    CREATE,
    GONE,
    ID_BYTES,
    OUTSIDE,
    READ,
    SourceProblem,
    can_clone,
    can_link_within,
    clone,
    content_bytes,
    content_of,
    destination_error,
    duplicate,
    pieces,
    set_times,
    source_problem,
    write_all,
)
from core.export.options import Mode
from core.export.plan import PlanItem
from core.export.readers.converting import converted
from core.images.names import located
from core.runtime import roots


class Transfer:
    """Writes planned items from one image folder into one (temporary) export folder.

    Safe to use from several threads at once; holds nothing that changes.
    """

    def __init__(
        self, images: Path, folder: Path, out: Path, mode: Mode, reads: bool, resumed: bool
    ) -> None:
        """
        Args:
            images: the image folder; symbolic links point at its resolved path.
            folder: the folder to write into; the folders of all places exist already.
            out: the export's final name, for messages.
            mode: how the first place of an item is made.
            reads: compare an original's content with its id also where it is not copied.
            resumed: `folder` may hold files of an interrupted run, whole or not.

        Raises:
            OSError: the folder does not take a file.
        """
        self._images = str(images.resolve())
        self._folder = str(folder)
        self._out = out
        self._mode = mode
        self._reads = reads
        self._resumed = resumed
        self._clones = mode == "copy" and can_clone(folder)
        self.links_within = mode != "copy" or can_link_within(folder)

    def put(self, item: PlanItem, places: Sequence[str]) -> None:
        """Write one item to the first of `places` and link the others to it.

        Without places the original is only checked.

        Raises:
            SourceProblem: the original is gone, unreadable, no ordinary file, or has changed.
            WinnowError: the destination does not take the file.
        """
        # Strings and os calls instead of Path: at 60,000 small files Path costs more than the copy.
        source = f"{self._images}/{item.assignment.path}"
        if "\\x" in source:  # perhaps bytes that are no text
            source = str(located(Path(self._images), item.assignment.path))
        if not roots.allows(source):
            raise SourceProblem(OUTSIDE)
        if not places:
            self._check(source, item)
            return
        target = f"{self._folder}/{places[0]}"
        if item.convert is not None:
            self._convert(source, target, item, item.convert)
        elif self._mode == "copy":
            if not (self._resumed and self._is_done(target, item)):
                self._copy(source, target, item)
        else:
            is_link = self._check(source, item)
            self._clear(target)
            # link(2) would link to a symbolic link itself, which then dangles in the export.
            hard = self._mode == "hardlink"
            self._link(os.path.realpath(source) if hard and is_link else source, target)
        for place in places[1:]:
            self._repeat(target, places[0], place)

    def _copy(self, source: str, target: str, item: PlanItem) -> None:
        try:
            descriptor = os.open(source, READ)
        except OSError as error:
            raise source_problem(error) from error
        try:
            try:
                info = os.fstat(descriptor)
            except OSError as error:
                raise source_problem(error) from error
            _check_ordinary(info)
            if self._pour(descriptor, info, target) != item.assignment.id:
                raise SourceProblem(CHANGED)
        except SourceProblem:
            # A partly or wrongly copied file must not stay; it may not exist yet.
            if os.path.lexists(target):
                os.unlink(target)  # noqa: PTH108
            raise
        finally:
            os.close(descriptor)

    def _convert(self, source: str, target: str, item: PlanItem, kind: str) -> None:
        """Write the image in another format, whatever the mode: a link would not be another one."""
        data, info = self._original(source, item)
        image = converted(data, item.assignment.path, kind)
        self._clear(target)
        try:
            written = os.open(target, CREATE, info.st_mode & 0o777 if info else 0o666)
            try:
                write_all(written, image)
                if info:
                    set_times(written, target, info)
            finally:
                os.close(written)
        except OSError as error:
            raise destination_error(error, self._out) from error

    def _original(self, source: str, item: PlanItem) -> tuple[bytes, os.stat_result | None]:
        """The bytes of an original, and what the system says of it where it is a file here."""
        data = content_bytes(source, item.assignment.id)
        try:
            return data, os.stat(source)  # noqa: PTH116
        except OSError as error:
            raise source_problem(error) from error

    def _pour(self, descriptor: int, info: os.stat_result, target: str) -> str:
        """Fill a new file from an open original; the content id of what went through."""
        digest = blake2b(digest_size=ID_BYTES)
        try:
            # As cp does: the original's permissions within the umask, so private stays private.
            written = os.open(target, CREATE, info.st_mode & 0o777)
            try:
                cloned = self._clones and clone(descriptor, written)
                for data in pieces(descriptor, info.st_size):
                    digest.update(data)
                    if not cloned:
                        write_all(written, data)
                set_times(written, target, info)
            finally:
                os.close(written)
        except OSError as error:
            raise destination_error(error, self._out) from error
        return digest.hexdigest()

    def _check(self, source: str, item: PlanItem) -> bool:
        """Check an original; whether it is a symbolic link.

        Its size tells most changes without reading the file, which would take away the point of
        linking.
        """
        try:
            info = os.lstat(source)
            is_link = stat.S_ISLNK(info.st_mode)
            if is_link:
                info = os.stat(source)  # noqa: PTH116
        except OSError as error:
            raise source_problem(error) from error
        _check_ordinary(info)
        if info.st_size != item.assignment.size:
            raise SourceProblem(CHANGED)
        if self._reads and content_of(source) != item.assignment.id:
            raise SourceProblem(CHANGED)
        return is_link

    def _link(self, source: str, target: str) -> None:
        hard = self._mode == "hardlink"
        try:
            if hard:
                os.link(source, target)
            else:
                os.symlink(source, target)  # noqa: PTH211
        except OSError as error:
            if hard and isinstance(error, FileNotFoundError):
                raise SourceProblem(GONE) from error
            raise destination_error(error, self._out, linking=hard) from error

    def _repeat(self, target: str, name: str, place: str) -> None:
        second = f"{self._folder}/{place}"
        self._clear(second)
        try:
            if self._mode == "symlink":
                # From the place's folder up to the export, so that the export can be moved.
                os.symlink("../" * place.count("/") + name, second)  # noqa: PTH211
            elif self.links_within:
                os.link(target, second)
            else:
                duplicate(target, second)
        except OSError as error:
            raise destination_error(error, self._out) from error

    def _is_done(self, target: str, item: PlanItem) -> bool:
        """Whether an interrupted run had copied an item in full; if it had only begun, start anew.

        The content decides: a power cut may leave a file of the right size and time that is empty.
        """
        if not os.path.lexists(target):
            return False
        with suppress(SourceProblem):  # it cannot be read: then it is none to keep
            if not os.path.islink(target) and content_of(target) == item.assignment.id:  # noqa: PTH114
                return True
        self._clear(target)
        return False

    def _clear(self, target: str) -> None:
        """Remove what an interrupted run left; links are just made anew."""
        if self._resumed and os.path.lexists(target):
            try:
                os.unlink(target)  # noqa: PTH108
            except OSError as error:
                raise destination_error(error, self._out) from error


def _check_ordinary(info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise SourceProblem("it is no ordinary file any more")
