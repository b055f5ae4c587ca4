"""What kind of archive a file is, by its content: a suffix only says what somebody thought."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from typing import IO, Literal, cast

from core.runtime.errors import WinnowError

Kind = Literal["zip", "tar"]
_HEAD = 600  # up to the mark of a TAR's first header
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# Kinds that are known but not read: what they are called, and what unpacks them.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x"),
    (b"Rar!\x1a\x07", "RAR", "unrar x"),
    (b"\x1f\x9d", "compress (.Z)", "tar -xf"),
    (b"\x04\x22\x4d\x18", "LZ4", "lz4 -d"),
    (b"LZIP", "lzip", "tar -xf"),
    (b"MSCF", "Windows Cabinet", "cabextract"),
    (b"xar!", "XAR", "xar -xf"),
    (b"!<arch>", "ar", "ar x"),
    (b"070701", "cpio", "cpio -i"),
    (b"070707", "cpio", "cpio -i"),
)
_ZSTANDARD = b"\x28\xb5\x2f\xfd"


def kind_of(file: IO[bytes], name: str) -> Kind:
    """What kind an open archive is; it stands at its beginning again afterwards.

    Args:
        name: what messages call it.

    Raises:
        WinnowError: it is an archive of a kind that is not read, or none.
    """
    head = file.read(_HEAD)
    file.seek(0)
    for mark, title, command in _OTHERS:
        if head.startswith(mark):
            raise WinnowError(
                f"{name} is a {title} archive, which is not read: unpack it by hand "
                f"({command}) and name the folder."
            )
    if head.startswith(_ZIP):
        return "zip"
    if _compression(head) is not None or _is_tar(head):
        return "tar"
    if zipfile.is_zipfile(file):  # behind a program that unpacks itself
        file.seek(0)
        return "zip"
    file.seek(0)
    what = "It is empty" if not head else "It is neither a ZIP nor a TAR archive"
    raise tarfile.ReadError(what.lower())


def looks_like_archive(file: IO[bytes]) -> bool:
    """Whether an open file begins as an archive does, of a kind that is read or not."""
    head = file.read(_HEAD)
    file.seek(0)
    marks = (*_ZIP, *(mark for mark, _, _ in _OTHERS))
    return head.startswith(marks) or _compression(head) is not None or _is_tar(head)


def decompressed(raw: IO[bytes], name: str) -> IO[bytes]:
    """The TAR itself within an open file, whatever compresses it.

    Raises:
        WinnowError: this Python cannot read the compression.
    """
    head = raw.read(_HEAD)
    raw.seek(0)
    opener = _compression(head)
    if opener is None:
        return raw
    if head.startswith(_ZSTANDARD) and find_spec("compression") is None:
        raise WinnowError(
            f"{name} is compressed with Zstandard, which Python reads from 3.14 on: unpack it by "
            "hand (tar --zstd -xf) and name the folder."
        )
    return opener(raw)


def _compression(head: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    if head.startswith(b"\x1f\x8b"):
        return lambda raw: cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if head.startswith(b"BZh"):
        return lambda raw: cast(IO[bytes], bz2.BZ2File(raw))
    if head.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        return lambda raw: cast(IO[bytes], lzma.LZMAFile(raw))
    return _zstandard if head.startswith(_ZSTANDARD) else None


def _zstandard(raw: IO[bytes]) -> IO[bytes]:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]

    return zstd.ZstdFile(raw)


def _is_tar(head: bytes) -> bool:
    """Whether a TAR's first header is there: its mark, or in old ones a sum that fits."""
    if head[257:262] == b"ustar":
        return True
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True
