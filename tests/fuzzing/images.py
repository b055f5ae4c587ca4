"""Damaged pictures of every format: bits, cuts, headers that lie, chunks that come twice."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator

from mutations import mutated, seeds

from core.images.decode import UnreadableImage, decode
from core.images.quality import measure
from fuzzing import Case

COUNT = 10_000
MEMORY = 1_500_000_000
_DRAFTS = (None, 224, 448)
_SEEDS = seeds()
_SIZES = (0, 1, 7, 255, 4_097, 14_142, 20_000, 65_535, 100_000, 2**31 - 1, 2**32 - 1)


def cases(seed: int, count: int) -> Iterator[Case]:
    """Small pictures with damage of one kind each."""
    chance = random.Random(seed)
    originals = [*_SEEDS, *_more()]
    for number in range(count):
        original = originals[number % len(originals)]
        damage = chance.choice(_DAMAGES)
        name = f"{number}-{damage.__name__.strip('_')}-{chance.randrange(len(_DRAFTS))}"
        yield name, damage(original, chance)


def run(case: Case) -> str:
    """Decode and measure, as a run does, or make small, as a page does."""
    name, data = case
    assert isinstance(data, bytes)
    try:
        decoded = decode(data, "x.jpg", _DRAFTS[int(name[-1])])
    except UnreadableImage as error:
        assert error.reason and "\n" not in error.reason
        return "listed"
    assert decoded.image.mode == "RGB"
    measure(decoded.image)
    return "used"


def _more() -> list[bytes]:
    """Variants that decoders treat differently, beside the seeds."""
    import numpy as np
    from hostile import encoded, photo
    from PIL import Image

    small = photo(3, (61, 47))
    grey = np.asarray(small.convert("L"))
    made = [
        encoded(Image.fromarray(grey.astype(np.float32)), "TIFF"),
        encoded(Image.fromarray(grey.astype(np.float32)), "TIFF", compression="tiff_lzw"),
        encoded(Image.fromarray(grey.astype(np.int32) * 999), "TIFF"),
        encoded(Image.fromarray(grey.astype(np.uint16) * 257), "TIFF"),
        encoded(small.convert("CMYK"), "TIFF"),
        encoded(small.convert("RGBA"), "TIFF"),
        encoded(small.convert("LA"), "PNG"),
        encoded(small.convert("1"), "PNG"),
        encoded(small.convert("RGBA"), "WEBP", lossless=True),
        encoded(small.convert("L"), "JPEG", progressive=True),
        encoded(small, "PNG", exif=_exif(), icc_profile=bytes(200), dpi=(72, 72)),
        encoded(small, "WEBP", exif=_exif(), icc_profile=bytes(200)),
        encoded(small, "AVIF", exif=_exif(), speed=10),
    ]
    return [*made, encoded(small, "JPEG", exif=_exif(), icc_profile=bytes(200))]


def _exif() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    return exif.tobytes()


def _chance(data: bytes, chance: random.Random) -> bytes:
    return mutated(data, chance)


def _bits(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 40)):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _header(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        out[chance.randrange(min(64, len(out)))] = chance.randrange(256)
    return bytes(out)


def _lying_size(data: bytes, chance: random.Random) -> bytes:
    """Width and height that are not those of the data, and sums that are right again."""
    width, height = chance.choice(_SIZES), chance.choice(_SIZES)
    out = bytearray(data)
    if data.startswith(b"\x89PNG"):
        out[16:24] = struct.pack(">II", width, height)
        out[29:33] = zlib.crc32(out[12:29]).to_bytes(4, "big")
    elif data.startswith(b"\xff\xd8"):
        for marker in (b"\xff\xc0", b"\xff\xc2"):
            at = data.find(marker)
            if at > 0:
                out[at + 5 : at + 9] = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
    elif data.startswith(b"GIF8"):
        out[6:10] = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    elif data.startswith(b"BM"):
        out[18:26] = struct.pack("<II", width, height)
    elif data[:4] == b"II*\0":
        _lie_in_tiff(out, width, height)
    elif data[:4] == b"RIFF" and data[12:16] == b"VP8X":
        out[24:30] = (width & 0xFFFFFF).to_bytes(3, "little") + (height & 0xFFFFFF).to_bytes(
            3, "little"
        )
    else:
        at = data.find(b"ispe")
        at = at + 8 if at > 0 else chance.randrange(max(1, len(out) - 8))
        out[at : at + 8] = struct.pack(">II", width, height)
    return bytes(out)


def _lie_in_tiff(out: bytearray, width: int, height: int) -> None:
    (at,) = struct.unpack_from("<I", out, 4)
    (entries,) = struct.unpack_from("<H", out, at)
    for entry in range(at + 2, at + 2 + 12 * entries, 12):
        (tag,) = struct.unpack_from("<H", out, entry)
        if tag in (256, 257, 278):
            value = width if tag == 256 else height
            struct.pack_into("<HII", out, entry + 2, 4, 1, value)


def _tiff_tag(data: bytes, chance: random.Random) -> bytes:
    """Another kind, count or value of a TIFF's tag; other formats get damage by chance."""
    if data[:4] != b"II*\0":
        return mutated(data, chance)
    out = bytearray(data)
    (at,) = struct.unpack_from("<I", out, 4)
    (entries,) = struct.unpack_from("<H", out, at)
    entry = at + 2 + 12 * chance.randrange(entries)
    offset, size = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4)))
    value = chance.choice((0, 1, 2, 8, 16, 17, 64, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, at))
    out[entry + offset : entry + offset + size] = (value & (256**size - 1)).to_bytes(size, "little")
    return bytes(out)


def _chunk_twice(data: bytes, chance: random.Random) -> bytes:
    """A stretch that comes again, many times over."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randint(1, 400)]
    at = chance.randrange(len(data))
    return data[:at] + piece * chance.randint(1, 200) + data[at:]


def _tail(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randint(1, 3000))


def _two_in_one(data: bytes, chance: random.Random) -> bytes:
    """The beginning of one picture and the rest of another."""
    other = chance.choice(_SEEDS)
    at = chance.randrange(min(len(data), len(other)))
    return data[:at] + other[at:]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _chance, _chance, _bits, _cut, _header, _lying_size, _lying_size, _tiff_tag, _chunk_twice,
    _tail, _two_in_one,
)  # fmt: skip
