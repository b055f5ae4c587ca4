"""Takes members of an archive, or of an upload, into one folder; each is taken or named."""

from __future__ import annotations

import lzma
import os
import shutil
import zlib
from collections import Counter
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

from core.images.folders import kinds
from core.images.names import shown
from core.images.unpacking.links import LinkProblem, Links, plain_path
from core.images.unpacking.member import Member
from core.images.unpacking.paths import Use, clean_path, is_clutter, numbered, use_of
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

MAX_FILES = 2_000_000
MAX_MEMBER = 2_000_000_000
"""Bytes of one member; larger ones are left out, as `core.images.decode` would refuse them."""
MAX_RATIO = 200
"""Times that an archive may grow, beyond the first gigabyte. Photos hardly grow at all."""
FREE_BYTES = 1_000_000_000
_CHUNK = 1 << 20
_NO_IMAGE = "it is no image"
DAMAGE = (
    BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What a damaged member of a ZIP raises when it is read."""


class Intake:
    """Writes members below one folder and keeps count of what they cost.

    Args:
        name: of the archive or upload, for messages.
        size: its bytes, to judge by how much it grows; None where growth says nothing.
        report: asked before each piece whether to stop.

    Attributes:
        files, images: how many were taken; written: their bytes.
        skipped: names (safe to show) of members that were not taken, with the reason.
        passed_over: how many hidden files and leftovers of systems there were.
    """

    def __init__(self, name: str, size: int | None, folder: Path, report: Report) -> None:
        self.name = name
        self.folder = folder
        self.report = report
        self.files = 0
        self.images = 0
        self.written = 0
        self.seen = 0
        self.passed_over = 0
        self.skipped: list[tuple[str, str]] = []
        self._numbers: Counter[str] = Counter()
        self._links = Links()
        self._waiting: list[Member] = []
        self._places: dict[str, Path] = {}
        # Not taken by themselves, but a link may call one an image.
        self._unwanted: dict[str, Member] = {}
        self.most = None if size is None else FREE_BYTES + MAX_RATIO * size
        self.free = shutil.disk_usage(folder).free

    def take(self, member: Member) -> None:
        """Write one member, keep it for later if it is a link, or note why it is not taken.

        Raises:
            WinnowError: the archive is a bomb, or needs more than the disk has.
            Cancelled: asked to stop.
        """
        self.report.check()
        self.seen += 1
        if self.seen > MAX_FILES:
            raise self._bomb(f"it holds more than {MAX_FILES:,} files")
        if member.required:  # what comes after it is reached only by unpacking it, wanted or not
            self._check_growth(member.unpacked)
        if member.is_folder:
            self._links.add_folder(member.name)
        elif member.link is not None and member.problem is None:
            self._links.add_link(member.name, member.link, member.symbolic)
            self._waiting.append(member)
        else:
            self._links.add_file(member.name)
            self._take_file(member)

    def take_links(self) -> None:
        """Give the links that were kept the content of what they lead to; after all members.

        Raises as `take`.
        """
        for member in self._waiting:
            self.report.check()
            path = self._path(member)
            if path is None:
                continue
            use = use_of(path)
            if use in ("other", "archive"):
                self._skip(member, _NO_IMAGE)
                continue
            try:
                self._take_link(member, path, use, self._links.resolve(member.name))
            except LinkProblem as problem:
                self._skip(member, str(problem))
        self._waiting.clear()

    def check_images(self) -> None:
        """Refuse what held no image at all.

        Raises:
            WinnowError: nothing could be taken that is an image.
        """
        if not self.images:
            why = f" ({self.skipped[0][0]}: {self.skipped[0][1]})" if self.skipped else ""
            raise WinnowError(
                f"No image in {self.name} can be used{why}: choose an archive that holds "
                "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF files."
            )

    def _path(self, member: Member) -> str | None:
        """Where a member goes; None, and noted, where it cannot be taken."""
        path = clean_path(member.name)
        if path is None:
            self._skip(member, "its name would lead out of the folder")
        elif is_clutter(path):
            self.passed_over += 1
            return None
        return path

    def _take_file(self, member: Member) -> None:
        path = self._path(member)
        if path is None:
            return
        use = use_of(path)
        if member.problem is not None:
            self._skip(member, member.problem)
        elif use == "archive":
            self._skip(member, "it is an archive in the archive; unpack it by hand")
        elif use == "other":
            self._unwanted[plain_path(member.name)] = member
            self._skip(member, _NO_IMAGE)
        else:
            self._place(member, path, use)

    def _take_link(self, member: Member, path: str, use: Use, target: str) -> None:
        source = self._places.get(target)
        if source is not None:
            copy = self._target(member, path)
            if copy is not None:
                self._repeat(source, copy)
                self.images += use_of(path) != "table"
        elif target in self._unwanted:
            original = self._unwanted[target]
            self._place(
                Member(member.name, original.size, original.open, required=original.required),
                path, use,
            )  # fmt: skip
        else:
            self._skip(member, "what it links to could not be taken")

    def _place(self, member: Member, path: str, use: Use) -> None:
        if member.size > MAX_MEMBER:
            self._skip(member, f"it is larger than {MAX_MEMBER // 1_000_000:,} MB")
            return
        self._check_room(member.size)
        target = self._target(member, path)
        if target is None:
            return
        try:
            with member.open() as source:
                head = source.read(min(kinds.HEAD, member.size))
                if use == "look" and not kinds.is_image(head):
                    self._skip(member, _NO_IMAGE)
                    return
                with target.open("xb") as copy:
                    self._copy(head, source, copy, member.size)
        except DAMAGE as error:
            target.unlink(missing_ok=True)
            if member.required:  # what follows a damaged place in a TAR cannot be found
                raise
            self._skip(member, f"it cannot be unpacked ({error or type(error).__name__})")
            return
        self.files += 1
        self.images += use != "table"
        self._places[plain_path(member.name)] = target

    def _repeat(self, source: Path, copy: Path) -> None:
        """One file under a second name; a copy where the disk has no such thing."""
        try:
            os.link(source, copy)
        except OSError:
            self._check_room(source.stat().st_size)
            shutil.copyfile(source, copy)
            self.written += source.stat().st_size
        self.files += 1

    def _target(self, member: Member, path: str) -> Path | None:
        """Where a file can go; a second one of the same name gets a number, so none is lost."""
        try:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            while os.path.lexists(target):
                self._numbers[path] += 1
                target = self.folder / numbered(path, self._numbers[path] + 1)
        except (FileExistsError, NotADirectoryError):
            self._skip(member, "another member has the name of its folder")
            return None
        return target

    def _copy(self, head: bytes, source: IO[bytes], copy: IO[bytes], size: int) -> None:
        # Never more than was announced, whatever the compressed data hold.
        copy.write(head)
        self.written += len(head)
        left = size - len(head)
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
