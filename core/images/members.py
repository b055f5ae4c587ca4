"""The members of ZIP and TAR archives, one after the other, as one kind of thing."""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import ZipFile, ZipInfo

_ENCRYPTED = 0x1
_UTF8_NAME = 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    `problem` says why it cannot be taken whatever it is called; `position` is how many bytes of the
    archive lie behind; `required` that nothing after it can be read if it cannot.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    is_folder: bool = False
    problem: str | None = None
    position: int = 0
    required: bool = False


def members_of(archive: Path) -> Iterator[Member]:
    """The members of an archive in its own order; a ZIP by its suffix, all else as TAR.

    Raises `zipfile.BadZipFile`, `tarfile.TarError`, `EOFError` or `OSError` for what is no archive
    or is cut short.
    """
    if archive.name.lower().endswith(".zip"):
        with ZipFile(archive) as opened:
            yield from _zip_members(opened)
        return
    with archive.open("rb") as raw:
        try:
            with tarfile.open(fileobj=raw, mode="r:*") as tar:
                yield from _tar_members(tar, raw)
        except (lzma.LZMAError, gzip.BadGzipFile) as error:
            raise tarfile.ReadError(str(error)) from error


def _zip_members(opened: ZipFile) -> Iterator[Member]:
    position = 0
    for info in opened.infolist():
        position += info.compress_size
        yield Member(
            name=_zip_name(info),
            size=info.file_size,
            open=_opener(opened, info),
            is_folder=info.is_dir(),
            problem=_zip_problem(info),
            position=position,
        )


def _opener(opened: ZipFile, info: ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: opened.open(info)


def _zip_name(info: ZipInfo) -> str:
    """The name; many programs write UTF-8 without saying so, which reads as code page 437."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _zip_problem(info: ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted; unpack the archive with its password by hand"
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a link or a device, not a file"
    return None


def _tar_members(tar: tarfile.TarFile, raw: IO[bytes]) -> Iterator[Member]:
    for info in tar:
        yield Member(
            name=_tar_name(info.name),
            size=info.size,
            open=_tar_opener(tar, info),
            is_folder=info.isdir(),
            problem=None if info.isreg() else "it is a link or a device, not a file",
            position=raw.tell(),
            required=True,
        )
    # tarfile takes the end of the file for the end of the archive, which has a mark of its own.
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end is missing")


def _tar_name(name: str) -> str:
    """The name; what is not UTF-8 comes as lone surrogates and is taken as Latin-1."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _tar_opener(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        file = tar.extractfile(info)
        assert file is not None  # only called for regular files
        return file

    return opened
