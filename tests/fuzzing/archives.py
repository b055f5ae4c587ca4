"""Damaged and hostile archives of every kind: bytes, headers, sizes, links, names, lists."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from hostile import encoded, photo
from mutations import mutated

from core.images.archives import MARKER, names_of, unpack
from fuzzing import Case

COUNT = 2_000
_JPEG = encoded(photo(1, (40, 30)), "JPEG")
_PNG = encoded(photo(2, (40, 30)), "PNG")
_NAMES = (
    "a.jpg", "b/ü 😀.png", "表/ソ.jpg", "../up.jpg", "/etc/x.jpg", "c:\\x.jpg", "x" * 150 + ".jpg",
    "con.jpg", "a.jpg", "A.JPG", "no suffix", ".hidden.jpg", "t.csv", "inner.zip", "r.txt",
    "-x.jpg",
)  # fmt: skip
_TARGETS = ("a.jpg", "../a.jpg", "/etc/passwd", "loop", "loop2", "b", "", ".", "../..", "no", "\0")
_PACK: dict[str, Callable[[bytes], bytes]] = {
    "tgz": partial(gzip.compress, mtime=0),  # the same seed gives the same bytes at any time
    "tbz": bz2.compress,
    "txz": lzma.compress,
}
_CODECS = ("utf-8", "cp932", "gb18030", "cp1252", "cp866", "cp437")


def cases(seed: int, count: int) -> Iterator[Case]:
    """Small archives with damage of one kind each."""
    chance = random.Random(seed)
    for number in range(count):
        kind = ("zip", "tar", "tgz", "tbz", "txz")[number % 5 if number % 7 else 0]
        data = _zip(chance) if kind == "zip" else _tar(chance)
        damage = chance.choice(_DAMAGES)
        inside = kind != "zip" and chance.random() < 0.6  # before it is compressed
        data = damage(data, chance) if inside else data
        data = _PACK.get(kind, bytes)(data)
        data = data if inside else damage(data, chance)
        suffix = chance.choice((kind, kind, kind, "zip", "tar", "jpg", "bin"))
        yield f"{number}-{kind}-{damage.__name__.strip('_')}.{suffix}", data


def run(case: Case) -> str:
    """Look at its names, unpack it, and see that nothing got anywhere else."""
    name, data = case
    assert isinstance(data, bytes)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "deep" / "in"
        folder.mkdir(parents=True)
        archive = folder / f"x.{name.rpartition('.')[2]}"
        archive.write_bytes(data)
        try:
            names_of(archive)
            result = unpack(archive, folder / "out")
            kept = [p for p in (folder / "out").rglob("*") if p.is_file() and p.name != MARKER]
            assert len(kept) == result.files, f"{len(kept)} files, {result.files} told"
            assert not any(p.is_symlink() for p in (folder / "out").rglob("*"))
            assert all(why and "\n" not in why for _, why in result.skipped)
            outcome = "unpacked, some left out" if result.skipped else "unpacked"
        finally:
            left = {p.name for p in folder.iterdir()} - {archive.name, "out", ".out.lock"}
            assert not left, f"left behind: {left}"
            assert [p.name for p in Path(work).iterdir()] == ["deep"]
            assert [p.name for p in folder.parent.iterdir()] == ["in"]
        return outcome


def _content(chance: random.Random) -> bytes:
    return chance.choice((_JPEG, _PNG, b"", b"text", bytes(5_000), chance.randbytes(300)))


def _zip(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    codec = chance.choice(_CODECS)
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(chance.randint(1, 8)):
            info = _zip_entry(chance, codec, number)
            method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
            is_link = chance.random() < 0.2
            info.external_attr = (0o120777 if is_link else 0o100644) << 16
            content = chance.choice(_TARGETS).encode() if is_link else _content(chance)
            archive.writestr(info, content, method)
    data = stream.getvalue()
    return chance.randbytes(200) + data if chance.random() < 0.1 else data


class _RawName(zipfile.ZipInfo):
    """An entry whose name is written in any encoding, without a word about it."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, self.flag_bits


def _zip_entry(chance: random.Random, codec: str, number: int) -> zipfile.ZipInfo:
    info = _RawName(f"{number}.jpg")
    info.raw = chance.choice(_NAMES).encode(codec, "replace")
    if chance.random() < 0.2:
        info.flag_bits |= 0x800
    if chance.random() < 0.2:
        kind = chance.choice((1, 0x7075, 0x5455))
        info.extra = struct.pack("<HH", kind, chance.choice((0, 4, 9, 200))) + chance.randbytes(9)
    return info


def _tar(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    form = chance.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    codec = chance.choice(_CODECS)
    with tarfile.open(
        fileobj=stream, mode="w", format=form, encoding=codec, errors="replace"
    ) as archive:
        for _ in range(chance.randint(1, 8)):
            info = tarfile.TarInfo(chance.choice((*_NAMES, "loop", "loop2", "b")))
            kind = chance.random()
            if kind < 0.35:
                info.type = tarfile.LNKTYPE if kind < 0.15 else tarfile.SYMTYPE
                info.linkname = chance.choice(_TARGETS)
                archive.addfile(info)
            elif kind < 0.42:
                info.type = chance.choice(
                    (tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, b"X")
                )
                archive.addfile(info)
            else:
                content = _content(chance)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _none(data: bytes, chance: random.Random) -> bytes:
    return data


def _chance(data: bytes, chance: random.Random) -> bytes:
    return mutated(data, chance)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _number(data: bytes, chance: random.Random) -> bytes:
    """A size, a place or a count of a ZIP that lies."""
    out = bytearray(data)
    marks = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")
    for _ in range(chance.randint(1, 3)):
        at = out.find(chance.choice(marks), chance.randrange(len(out)))
        if at >= 0:
            value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF))
            offset = at + chance.choice((6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 42))
            out[offset : offset + 4] = struct.pack("<I", value)
    return bytes(out)


def _header(data: bytes, chance: random.Random) -> bytes:
    """A field of a TAR's header that lies, with a sum that is right again."""
    out = bytearray(data)
    if len(out) < 1024:
        return bytes(out)
    at = 512 * chance.randrange(len(out) // 512)
    start, length = chance.choice(((0, 100), (100, 8), (124, 12), (136, 12), (156, 1), (157, 100),
                                   (257, 8), (345, 155)))  # fmt: skip
    fields = (b"77777777777", b"-0000000001", b"\xff" * 12, b"\x80" + b"\x7f" * 11, b"99999999999",
              b"LKxgSs12345", b"00000000000", chance.randbytes(12))  # fmt: skip
    value = chance.choice(fields)[:length]
    out[at + start : at + start + len(value)] = value
    block = out[at : at + 512]
    block[148:156] = b"        "
    out[at + 148 : at + 156] = b"%06o\0 " % sum(block)
    return bytes(out)


def _pax(data: bytes, chance: random.Random) -> bytes:
    """An extended header of numbers that lie, before everything else."""
    pairs = (
        b"size=99999999999999", b"size=-5", b"size=x", b"path=../../up.jpg",
        b"linkpath=/etc/passwd",
        b"GNU.sparse.map=0,1,2", b"GNU.sparse.size=999999999999", b"GNU.sparse.major=1",
        b"GNU.sparse.minor=0", b"GNU.sparse.realsize=x", b"hdrcharset=BINARY", b"mtime=nan",
        b"path=\xff\xfe.jpg", b"uid=1e999",
    )  # fmt: skip
    records = b""
    for pair in chance.sample(pairs, chance.randint(1, 4)):
        body = b" " + pair + b"\n"
        length = len(body) + len(str(len(body) + 2))
        records += str(length).encode() + body
    if chance.random() < 0.3:
        records = records.replace(b" ", b"  ", 1)
    info = tarfile.TarInfo("pax")
    info.type = chance.choice((tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME))
    info.size = chance.choice((len(records), len(records), 10**9, 8 * 10**9))
    return info.tobuf() + records + bytes(-len(records) % 512) + data


def _twice(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randint(1, 2_000)]
    return data[:start] + piece * chance.randint(2, 40) + data[start:]


def _glued(data: bytes, chance: random.Random) -> bytes:
    return chance.choice((_zip, _tar))(chance) + data


def _zeros(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes(chance.choice((512, 1024, 100_000))) + data[at:]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _none, _chance, _chance, _cut, _number, _number, _header, _header, _pax, _twice, _glued, _zeros,
)  # fmt: skip
