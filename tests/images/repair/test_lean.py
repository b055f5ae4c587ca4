"""Whole pictures whose extras are damaged or huge: the picture is used, pixel by pixel."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hostile import encoded, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decode import UnreadableImage, decode
from core.images.repair.lean import lean_versions

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
BIG = b"x" * 3_000_000
RNG = random.Random(4)
JUNK = RNG.randbytes(300)


def chunk(kind: bytes, body: bytes, wrong: bool = False) -> bytes:
    check = zlib.crc32(kind + body) ^ (1 if wrong else 0)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def pngs() -> Iterator[tuple[str, bytes]]:
    plain = encoded(photo(1), "PNG")
    extras = {
        "zTXt huge": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(BIG)),
        "zTXt method": chunk(b"zTXt", b"a\0\7" + zlib.compress(b"x")),
        "iTXt huge": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(BIG)),
        "iCCP huge": chunk(b"iCCP", b"printer\0\0" + zlib.compress(BIG)),
        "iCCP empty": chunk(b"iCCP", b""),
        "iCCP junk": chunk(b"iCCP", JUNK),
        "many texts": chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 1_000_000)) * 80,
        "pHYs short": chunk(b"pHYs", b"\0"),
        "gAMA short": chunk(b"gAMA", b""),
        "cHRM short": chunk(b"cHRM", b"\1"),
        "sRGB short": chunk(b"sRGB", b""),
        "tRNS short": chunk(b"tRNS", b"\0"),
        "acTL short": chunk(b"acTL", b"\0"),
        "fcTL junk": chunk(b"fcTL", JUNK[:26]),
        "eXIf junk": chunk(b"eXIf", JUNK),
        "key": chunk(b"tEXt", b"\xff\0x"),
        "length": struct.pack(">I", 0x7FFFFFFF) + b"tEXt" + b"a\0b",
        "no chunk": b"\1\2\3\4\5\6\7\x08\x09",
    }
    for kind in (b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"tIME", b"gAMA", b"prVt", b"bKGD"):
        extras[f"sum of {kind.decode()}"] = chunk(kind, b"a\0\0bbbbbbb", wrong=True)
    for name, extra in extras.items():
        yield f"png {name}", plain[:33] + extra + plain[33:]
        yield f"png {name} after", plain[:-12] + extra + plain[-12:]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpegs() -> Iterator[tuple[str, bytes]]:
    plain = encoded(photo(1), "JPEG")
    extras = {
        "exif junk": segment(0xE1, b"Exif\0\0" + JUNK),
        "exif http": segment(0xE1, b"Exif\0\0http://ns.adobe.com/xap"),
        "exif loop": segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0"),
        "exif twice": segment(0xE1, b"Exif\0\0" + JUNK) * 2,
        "exif empty": segment(0xE1, b"Exif\0\0"),
        "xmp junk": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + JUNK),
        "icc junk": segment(0xE2, b"ICC_PROFILE\0\1\1" + JUNK),
        "icc part": segment(0xE2, b"ICC_PROFILE\0\2\3" + JUNK),
        "icc short": segment(0xE2, b"ICC_PROFILE\0"),
        "mpf junk": segment(0xE2, b"MPF\0" + JUNK),
        "mpf empty": segment(0xE2, b"MPF\0"),
        "mpf wrong": segment(0xE2, b"MPF\0II*\0\x08\0\0\0\1\0\1\xb0\4\0\1\0\0\0\xff\xff\xff\xff"),
        "8bim junk": segment(0xED, b"Photoshop 3.0\x008BIM" + JUNK),
        "8bim length": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\x7f\xff\xff\xff\0"),
        "iptc": segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\xff" + JUNK),
        "jfif short": segment(0xE0, b"JFIF"),
        "jfif version": segment(0xE0, b"JFIF\0"),
        "comment": segment(0xFE, JUNK),
        "flashpix": segment(0xE2, b"FPXR" + JUNK),
        "fill bytes": b"\xff" * 90,
        "unknown": segment(0xEB, JUNK),
    }
    for name, extra in extras.items():
        yield f"jpeg {name}", plain[:2] + extra + plain[2:]
        yield f"jpeg {name} after", plain[:20] + extra + plain[20:]


def gifs() -> Iterator[tuple[str, bytes]]:
    plain = encoded(photo(1), "GIF")
    at = 13 + (3 << (plain[10] & 7) + 1)
    blocks = b"".join(b"\xff" + JUNK[:255] for _ in range(50)) + b"\0"
    for name, extra in {
        "comment": b"!\xfe" + blocks,
        "application": b"!\xff\x0bNETSCAPE2.0" + b"\x01\x07\0",
        "loop short": b"!\xff\x0bNETSCAPE2.0\x01\x01\0",
        "xmp": b"!\xff\x0bXMP DataXMP" + blocks,
        "text": b"!\x01\x0c" + JUNK[:12] + blocks,
        "unknown": b"!\x77" + blocks,
        "delay short": b"!\xf9\x02\0\0\0",
    }.items():
        yield f"gif {name}", plain[:at] + extra + plain[at:]


def webps() -> Iterator[tuple[str, bytes]]:
    exif = Image.Exif()
    exif[0x10E] = "hello"
    tagged = encoded(photo(1), "WEBP", exif=exif, icc_profile=b"a" * 40, xmp=b"<x/>")
    for kind in (b"EXIF", b"ICCP", b"XMP "):
        at = tagged.index(kind)
        size = struct.unpack_from("<I", tagged, at + 4)[0]
        junk = (JUNK * (1 + size // 300))[:size]
        yield f"webp {kind.decode()}", tagged[: at + 8] + junk + tagged[at + 8 + size :]
        yield f"webp no {kind.decode()}", tagged.replace(kind, b"JUNK")


def tiffs() -> Iterator[tuple[str, bytes]]:
    for order, name in (("<", "II"), (">", "MM")):
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate"):
            plain = encoded(photo(1), "TIFF", compression=compression)
            if order == ">":
                if compression:
                    continue
                plain = big_endian(photo(1))
            for tag in (700, 33723, 34377, 34665, 34675, 34853, 306, 305, 282, 37724, 65000):
                for kind, count in ((2, 10), (7, 0x7FFFFFFF), (5, 3), (4, 70000), (99, 1)):
                    label = f"tiff {name} {compression} {tag} {kind}"
                    yield label, with_tag(plain, order, tag, kind, count, 0x7FFFFFF0)


def big_endian(image: Image.Image) -> bytes:
    pixels = image.tobytes()
    tags = [
        (256, 3, 1, image.width << 16), (257, 3, 1, image.height << 16),
        (258, 3, 3, 8 + 2 + 9 * 12 + 4),
        (259, 3, 1, 1 << 16), (262, 3, 1, 2 << 16), (273, 4, 1, 200), (277, 3, 1, 3 << 16),
        (278, 3, 1, image.height << 16), (279, 4, 1, len(pixels)),
    ]  # fmt: skip
    head = b"MM\0*" + struct.pack(">IH", 8, len(tags))
    head += b"".join(struct.pack(">HHII", *tag) for tag in tags) + bytes(4)
    return (head + struct.pack(">HHH", 8, 8, 8)).ljust(200, b"\0") + pixels


def with_tag(data: bytes, order: str, tag: int, kind: int, count: int, place: int) -> bytes:
    """The file with a directory at its end that has one more entry."""
    start = struct.unpack_from(order + "I", data, 4)[0]
    number = struct.unpack_from(order + "H", data, start)[0]
    entries = [data[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(number)]
    entries.append(struct.pack(order + "HHII", tag, kind, count, place))
    entries.sort(key=lambda entry: struct.unpack_from(order + "H", entry)[0])
    data += b"\0" * (len(data) % 2)
    directory = struct.pack(order + "H", number + 1) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack(order + "I", len(data)) + data[8:] + directory


def avifs() -> Iterator[tuple[str, bytes]]:
    exif = Image.Exif()
    exif[0x10E] = "hello"
    tagged = encoded(photo(1), "AVIF", exif=exif, xmp=b"<x:xmpmeta/>" * 9, icc_profile=b"q" * 99)
    for place in (b"hello", b"<x:xmpmeta", b"qqqqqq", b"MM\0*"):
        at = tagged.index(place)
        yield f"avif {place!r}", tagged[:at] + JUNK[:12] + tagged[at + 12 :]


def bmps() -> Iterator[tuple[str, bytes]]:
    plain = encoded(photo(1), "BMP")
    fields = {"file size": 2, "reserved": 6, "offset": 10, "image size": 34, "width in metres": 38}
    for name, at in (fields | {"height in metres": 42, "colours": 46, "important": 50}).items():
        for value in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
            if (name, value[0]) != ("offset", 255):
                yield f"bmp {name} {value[0]}", plain[:at] + value + plain[at + 4 :]
    yield "bmp planes", plain[:26] + b"\0\0" + plain[28:]
    yield "bmp more behind", plain + JUNK


CASES = dict([*avifs(), *bmps(), *pngs(), *jpegs(), *gifs(), *webps(), *tiffs()])
WHOLE = {
    kind: np.asarray(decode(encoded(photo(1), kind.upper())).image).astype(int)
    for kind in ("png", "jpeg", "gif", "webp", "tiff", "avif", "bmp")
}


@pytest.mark.parametrize("name", CASES)
def test_a_whole_picture_is_used_whatever_is_beside_it(name: str) -> None:
    decoded = decode(CASES[name])
    assert np.array_equal(np.asarray(decoded.image), WHOLE[name.split()[0]])


def test_there_are_as_many_cases_as_the_docs_say() -> None:
    assert len(CASES) >= 250


def test_what_was_ignored_is_noted_and_orientation_stays() -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = encoded(photo(2), "PNG", exif=exif)
    huge = chunk(b"zTXt", b"a\0\0" + zlib.compress(BIG))
    decoded = decode(data[:33] + huge + data[33:])
    assert (decoded.width, decoded.height) == (64, 96)
    assert "extra data" in decoded.notes[0]
    assert np.array_equal(np.asarray(decoded.image), np.asarray(decode(data).image))


def test_transparency_is_no_extra() -> None:
    image = photo(9).quantize(16)
    data = encoded(image, "PNG", transparency=0)
    huge = chunk(b"iCCP", b"a\0\0" + zlib.compress(BIG))
    at = data.index(b"tRNS") - 4
    decoded = decode(data[:at] + huge + data[at:])
    assert np.array_equal(np.asarray(decoded.image), np.asarray(decode(data).image))


def test_damage_to_the_picture_itself_is_still_refused() -> None:
    data = bytearray(encoded(photo(1), "PNG"))
    data[17] ^= 1  # the width, whose checksum is wrong now
    with pytest.raises(UnreadableImage):
        decode(bytes(data))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.integers(0, 2**32), st.integers(1, 4))
def test_any_damage_has_lean_versions_or_none(name: str, seed: int, count: int) -> None:
    data, rng = bytearray(CASES[name][:4000]), random.Random(seed)
    for _ in range(count):
        data[rng.randrange(min(len(data), rng.choice((40, 400, 4000))))] = rng.randrange(256)
    for version in lean_versions(bytes(data[: rng.randrange(1, len(data))])):
        assert len(version) < len(data) + 1000
        try:
            Image.open(io.BytesIO(version), formats=["PNG", "JPEG", "GIF", "WEBP", "TIFF"]).close()
        except Exception:
            continue
