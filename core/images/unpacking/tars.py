"""TAR archives as people have them: names in any code page, links, what claims to be endless."""

from __future__ import annotations

import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, cast

from core.images.unpacking.code_pages import Reading, read_names
from core.images.unpacking.kinds import decompressed
from core.images.unpacking.member import Member

MAX_HEADER = 16_000_000
"""Bytes that are read at once: names and extended headers have no more."""
_MAX_NAMES = 2_000_000


@dataclass
class Source:
    """An open TAR. Its reading is settled at the first name that does not tell its encoding."""

    tar: tarfile.TarFile
    raw: IO[bytes]
    name: str
    is_compressed: bool
    codec: str | None
    reading: Reading = field(default_factory=Reading)
    is_settled: bool = False


@contextmanager
def opened(raw: IO[bytes], name: str, codec: str | None) -> Iterator[Source]:
    """The TAR in an open file, compressed or not.

    Args:
        name: what messages call it.
        codec: the encoding of names that are not UTF-8; by default as it seems.

    Raises:
        tarfile.TarError, EOFError, OSError: it is damaged or cut short, also later on.
    """
    inner = decompressed(raw, name)
    with _as_read_errors():
        tar = tarfile.open(  # noqa: SIM115 - closed below, when its errors are somebody else's
            fileobj=cast(IO[bytes], _Bounded(inner)), mode="r:", encoding="utf-8"
        )
    with tar:
        yield Source(tar, raw, name, inner is not raw, codec)


def members(source: Source) -> Iterator[Member]:
    """The members in their order; raises as `opened`."""
    for info in _infos(source.tar):
        is_link = info.islnk() or info.issym()
        yield Member(
            name=_text(source, info.name),
            size=info.size,
            open=_opener(source.tar, info),
            is_folder=info.isdir(),
            link=_text(source, info.linkname) if is_link else None,
            symbolic=info.issym(),
            problem=None if info.isreg() or is_link else "it is a device or a pipe, not a file",
            position=source.raw.tell(),
            unpacked=source.tar.offset,
            required=True,
        )
    # tarfile takes the end of the file for the end of the archive, which has a mark of its own.
    file = source.tar.fileobj
    assert file is not None
    with _as_read_errors():
        file.seek(source.tar.offset)
        end = file.read(tarfile.BLOCKSIZE)
    if end != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end is missing")


def reading_of(source: Source) -> Reading:
    """How its names are read, from all of them; ``source`` is at its end afterwards."""
    names = [_raw(info.name) for info in _infos(source.tar)]
    return read_names(name for name in names if not _is_utf8(name)) if names else Reading()


class _Bounded:
    """A stream from which nobody reads more at once than a header can have."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.tell, self.seekable, self.close = raw.tell, raw.seekable, raw.close

    def read(self, count: int = -1) -> bytes:
        """As of the stream."""
        if not 0 <= count <= MAX_HEADER:
            raise tarfile.ReadError(f"a header in it says it has {count:,} bytes")
        return self._raw.read(count)

    def seek(self, place: int, whence: int = 0) -> int:
        """As of the stream, but never before its beginning."""
        if place < 0:
            raise tarfile.ReadError("a header in it leads out of it")
        return self._raw.seek(place, whence)


def _infos(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The headers, none of which is kept: an archive may have millions."""
    while (info := _next(tar)) is not None:
        yield info


def _next(tar: tarfile.TarFile) -> tarfile.TarInfo | None:
    with _as_read_errors():
        info = tar.next()
    tar.members.clear()  # type: ignore[attr-defined, unused-ignore]
    if info is not None and info.size < 0:
        raise tarfile.ReadError("a header in it says it has less than nothing")
    return info


def _opener(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        file = tar.extractfile(info)
        if file is None:
            raise tarfile.ReadError("a member of it is no file")
        return file

    return opened


def _text(source: Source, name: str) -> str:
    """A name; what is not UTF-8 is read like all of that archive's names that are not."""
    raw = _raw(name)
    if _is_utf8(raw):
        return raw.decode()
    if not source.is_settled:
        source.reading = _settled(source)
        source.is_settled = True
    return source.reading.text(raw)


def _settled(source: Source) -> Reading:
    """The reading, from all names of the archive: it is gone through once more for them."""
    position = source.raw.tell()
    names: list[bytes] = []
    try:
        source.raw.seek(0)
        with suppress(tarfile.TarError, EOFError, ValueError, OSError, zlib.error, lzma.LZMAError):
            inner = cast(IO[bytes], _Bounded(decompressed(source.raw, source.name)))
            with tarfile.open(fileobj=inner, mode="r:", encoding="utf-8") as tar:
                for info in _infos(tar):
                    names += [_raw(info.name), _raw(info.linkname)]
                    if len(names) > _MAX_NAMES:
                        break
    finally:
        source.raw.seek(position)
    reading = read_names(name for name in names if not _is_utf8(name))
    return Reading(source.codec, True, reading.odd) if source.codec else reading


def _raw(name: str) -> bytes:
    """The bytes of a name; what is not UTF-8 comes as lone surrogates."""
    return name.encode("utf-8", "surrogateescape")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _as_read_errors() -> Iterator[None]:
    """What decompressors and tarfile raise of damaged bytes, as one kind of error."""
    try:
        yield
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error, ValueError, OverflowError) as error:
        raise tarfile.ReadError(str(error)) from error
