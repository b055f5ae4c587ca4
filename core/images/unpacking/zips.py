"""ZIP archives as people have them: names in any code page, links, damage in single entries."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from core.images.unpacking.code_pages import Reading, read_names
from core.images.unpacking.member import Member
from core.runtime.errors import WinnowError

MAX_ENTRIES = 2_000_000
MAX_DIRECTORY = 512_000_000
"""Bytes of the list of contents, which is read as a whole."""
_ENCRYPTED, _UTF8 = 0x1, 0x800
_CENTRAL, _LOCAL, _END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
_LOCAL_BYTES = 30  # of what stands before the name before the content
_LONGEST_LINK = 4_096
_UNICODE_PATH = 0x7075  # APPNOTE 4.6.9: a name in UTF-8 beside the one in a code page
_NEWEST = 63  # version of the format that zipfile reads; newer ones differ in single entries
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 20: "Zstandard", 93: "Zstandard", 95: "XZ",
            98: "PPMd", 99: "AES"}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """An open ZIP: its entries with their names as bytes or, where these tell, as text."""

    opened: ZipFile
    names: list[bytes | str]
    reading: Reading


@contextmanager
def opened(raw: IO[bytes], name: str, codec: str | None) -> Iterator[Source]:
    """The entries of an open file.

    Args:
        name: what messages call it.
        codec: the encoding of names that do not tell theirs; by default as it seems.

    Raises:
        BadZipFile: it is damaged or cut short.
        WinnowError: it lists too many entries, or is one of several volumes.
    """
    tail = _tail(raw)
    at = tail.rfind(_END)
    if at >= 0 and _is_volume(tail[at:]):
        raise WinnowError(
            f"The archive {name} is one of several volumes: join them first (zip -s 0), or unpack "
            "them by hand and name the folder."
        )
    file = _Directory(raw, name)
    try:
        archive = ZipFile(cast(IO[bytes], file))
    except (BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        what = str(error) if at >= 0 else "its list of contents at the end is missing"
        whole = _whole_entries(raw)
        raise BadZipFile(f"{what}; {whole:,} of its files are whole" if whole else what) from error
    file.is_loaded = True
    with archive:
        names = [_name_of(info) for info in archive.infolist()]
        odd = [each for each in names if isinstance(each, bytes)]
        reading = read_names(odd)
        if codec is not None:
            reading = Reading(codec, True, reading.odd)
        yield Source(archive, names, reading)


def members(source: Source) -> Iterator[Member]:
    """The entries, links with what they lead to."""
    position = 0
    for info, name in zip(source.opened.infolist(), source.names, strict=True):
        position += info.compress_size
        text = name if isinstance(name, str) else source.reading.text(name)
        problem, link = _problem(info), None
        if problem is None and stat.S_ISLNK(info.external_attr >> 16):
            link, problem = _link(source, info)
        yield Member(
            name=text,
            size=info.file_size,
            open=_opener(source.opened, info),
            is_folder=text.endswith(("/", "\\")),
            link=link,
            symbolic=True,
            problem=problem,
            position=position,
        )


class _Directory:
    """A file that gives zipfile a list of contents without what it would refuse as a whole.

    One entry that says UTF-8 and holds something else, or has a damaged extra field, would else
    cost all others. Sizes and places stay as they are. Of the names before the contents no encoding
    is told, so that any bytes will do: those in the list count.
    """

    def __init__(self, raw: IO[bytes], name: str) -> None:
        self._raw = raw
        self._name = name
        self.is_loaded = False
        self.seek, self.tell, self.seekable = raw.seek, raw.tell, raw.seekable

    def read(self, count: int = -1) -> bytes:
        """As of the file."""
        if not self.is_loaded and count > MAX_DIRECTORY:
            raise _too_many(self._name)
        data = self._raw.read(count)
        if self.is_loaded:
            return _without_utf8(data) if count == _LOCAL_BYTES else data
        return self._repaired(bytearray(data)) if data.startswith(_CENTRAL) and count > 0 else data

    def _repaired(self, data: bytearray) -> bytes:
        at = entries = 0
        while data[at : at + 4] == _CENTRAL and at + 46 <= len(data):
            entries += 1
            if entries > MAX_ENTRIES:
                raise _too_many(self._name)
            (flags,) = struct.unpack_from("<H", data, at + 8)
            name, extra, comment = struct.unpack_from("<HHH", data, at + 28)
            begin = at + 46
            if flags & _UTF8 and not _fits_utf8(data[begin : begin + name]):
                struct.pack_into("<H", data, at + 8, flags & ~_UTF8)
            if data[at + 6] > _NEWEST:
                data[at + 6] = _NEWEST
            begin += name
            if not _is_whole(data[begin : begin + extra]):
                data[begin : begin + extra] = bytes(len(data[begin : begin + extra]))
            at = begin + extra + comment
        return bytes(data)


def _without_utf8(data: bytes) -> bytes:
    """What stands before the content of an entry, without the mark that its name is UTF-8."""
    if not data.startswith(_LOCAL) or len(data) < _LOCAL_BYTES:
        return data
    (flags,) = struct.unpack_from("<H", data, 6)
    return data[:6] + struct.pack("<H", flags & ~_UTF8) + data[8:]


def _fits_utf8(raw: bytes | bytearray) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_whole(extra: bytes | bytearray) -> bool:
    """Whether every field of an extra field lies within it."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if at + 4 + length > len(extra) or (kind == 1 and length % 4):
            return False
        at += 4 + length
    return True


def _name_of(info: ZipInfo) -> bytes | str:
    """The name, as bytes where the entry does not tell its encoding."""
    if info.flag_bits & _UTF8:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")  # zipfile's own reading, which loses nothing
    at = 0
    while at + 9 <= len(info.extra):
        kind, length = struct.unpack_from("<HH", info.extra, at)
        if kind == _UNICODE_PATH and length > 5 and info.extra[at + 4] == 1:
            (crc,) = struct.unpack_from("<I", info.extra, at + 5)
            text = info.extra[at + 9 : at + 4 + length]
            if crc == zlib.crc32(raw) and _fits_utf8(text):
                return text.decode()
        at += 4 + length
    return raw


def _opener(archive: ZipFile, info: ZipInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        # zipfile wants the name before the content to be the one in the list, which some programs
        # write in two encodings. The list counts, so the comparison is with what is there.
        file = archive.fp
        assert file is not None
        file.seek(info.header_offset)
        head = file.read(_LOCAL_BYTES)
        if len(head) == _LOCAL_BYTES and head.startswith(_LOCAL):
            (length,) = struct.unpack_from("<H", head, 26)
            info.orig_filename = file.read(length).decode("cp437")
            info.flag_bits &= ~_UTF8
        return archive.open(info)

    return opened


def _problem(info: ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED or info.compress_type == 99:
        return "it is encrypted; unpack the archive with its password by hand"
    if info.compress_type not in (0, 8, 12, 14):
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return f"it is compressed with {method}, which is not read; unpack the archive by hand"
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        return "it is a device or a pipe, not a file"
    return None


def _link(source: Source, info: ZipInfo) -> tuple[str | None, str | None]:
    """Where a symbolic link leads, which is its content; or why that cannot be had."""
    if not 0 < info.file_size <= _LONGEST_LINK:
        return None, "it is a link that leads nowhere"
    try:
        with _opener(source.opened, info)() as file:
            raw = file.read(_LONGEST_LINK)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return None, "it is a link whose target cannot be read"
    return (raw.decode() if _fits_utf8(raw) else source.reading.text(raw)), None


def _too_many(name: str) -> WinnowError:
    return WinnowError(
        f"The archive {name} is refused because it lists more than {MAX_ENTRIES:,} files: if you "
        "trust it, unpack it by hand and name the folder."
    )


def _tail(raw: IO[bytes]) -> bytes:
    """The bytes among which a ZIP has its end record; the file stands at its beginning again."""
    raw.seek(0, 2)
    raw.seek(max(0, raw.tell() - 65_600))
    tail = raw.read()
    raw.seek(0)
    return tail


def _is_volume(end: bytes) -> bool:
    """Whether an end record, with its comment, is that of an archive of several volumes."""
    if len(end) < 22 or len(end) != 22 + int.from_bytes(end[20:22], "little"):
        return False
    disks = (int.from_bytes(end[4:6], "little"), int.from_bytes(end[6:8], "little"))
    return any(disk not in (0, 0xFFFF) for disk in disks)


def _whole_entries(raw: IO[bytes]) -> int:
    """How many entries from the beginning on are there in full."""
    raw.seek(0, 2)
    end, at, whole = raw.tell(), 0, 0
    while whole < MAX_ENTRIES:
        raw.seek(at)
        head = raw.read(_LOCAL_BYTES)
        if len(head) < _LOCAL_BYTES or not head.startswith(_LOCAL) or head[6] & 0x8:
            return whole
        (size,) = struct.unpack_from("<I", head, 18)
        name, extra = struct.unpack_from("<HH", head, 26)
        at += _LOCAL_BYTES + name + extra + size
        if at > end:
            return whole
        whole += 1
    return whole
