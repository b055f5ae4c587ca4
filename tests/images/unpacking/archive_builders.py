"""Archives made byte by byte, as programs of all systems write them."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zlib
from pathlib import Path

from hostile import encoded, photo

from core.images import archives
from core.images.archives import Unpacked, unpack

JPEG = encoded(photo(1, (40, 30)), "JPEG")
OTHER = encoded(photo(2, (40, 30)), "JPEG")
UTF8 = 0x800


def entry(
    name: bytes, data: bytes = JPEG, flags: int = 0, extra: bytes = b"", mode: int = 0,
    local: bytes | None = None, method: int = 0,
) -> tuple[bytes, bytes, int, bytes, int, bytes, int]:  # fmt: skip
    """One entry of a ZIP; ``local`` is its name before the content, where that is another."""
    return name, data, flags, extra, mode, name if local is None else local, method


def raw_zip(path: Path, *entries: tuple, before: bytes = b"") -> Path:
    """A ZIP whose names go in as the bytes they are."""
    out, listed = before, b""
    for name, data, flags, extra, mode, local, method in entries:
        crc, at = zlib.crc32(data), len(out)
        fixed = struct.pack("<HHHHIII", flags, method, 0, 0x21, crc, len(data), len(data))
        out += b"PK\x03\x04" + struct.pack("<H", 20) + fixed
        out += struct.pack("<HH", len(local), 0) + local + data
        listed += b"PK\x01\x02" + struct.pack("<HH", 0x0314, 20) + fixed
        listed += struct.pack("<HHHHHII", len(name), len(extra), 0, 0, 0, mode << 16, at)
        listed += name + extra
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(listed), len(out), 0)
    path.write_bytes(out + listed + b"PK\x05\x06" + end)
    return path


def zip_of(path: Path, names: list[str], codec: str) -> Path:
    """Pictures, each of its own content, called so in a code page."""
    entries = (
        entry(n.encode(codec), encoded(photo(i, (40, 30)), "JPEG")) for i, n in enumerate(names)
    )
    return raw_zip(path, *entries)


def link(name: str, target: str) -> tuple:
    """A symbolic link in a ZIP."""
    return entry(name.encode(), target.encode(), UTF8, mode=stat.S_IFLNK | 0o777)


def tar_of(path: Path, members: list[tuple], mode: str = "w", codec: str = "utf-8", **more) -> Path:
    """A TAR of (name, bytes), (name, "->", target) and (name, "=", target of a hard link)."""
    with tarfile.open(path, mode, encoding=codec, format=tarfile.GNU_FORMAT, **more) as opened:
        for name, content, *target in members:
            info = tarfile.TarInfo(name)
            if target:
                info.type = tarfile.SYMTYPE if content == "->" else tarfile.LNKTYPE
                info.linkname = target[0]
                opened.addfile(info)
            elif content is None:
                info.type = tarfile.DIRTYPE
                opened.addfile(info)
            else:
                info.size = len(content)
                opened.addfile(info, io.BytesIO(content))
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    """What was unpacked, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != archives.MARKER
    }


def opened(archive: Path, encoding: str | None = None) -> tuple[Unpacked, dict[str, bytes]]:
    """Unpack beside the archive; what came of it, and the files."""
    result = unpack(archive, archive.parent / f"{archive.name}-out", encoding=encoding)
    assert result.files == len(files_of(result.folder))
    assert not any(path.is_symlink() for path in result.folder.rglob("*"))
    return result, files_of(result.folder)
