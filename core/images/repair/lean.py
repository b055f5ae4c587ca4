"""Image files without what is not needed to see the picture.

Editors, cameras and generators put anything into a file beside the picture: texts of megabytes,
profiles of garbage, checksums that are wrong. A decoder that insists on all of it refuses a whole
picture. So what it refuses is tried again without.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_EXIF_BYTES = 65_536
_STANDALONE = (0x01, *range(0xD0, 0xD9))
_SCAN, _ADOBE, _EXIF_MARKER, _COMMENT = 0xDA, 0xEE, 0xE1, 0xFE
_VP8X_EXTRAS = 0x2C  # flags of profile, EXIF and XMP
_ORIENTATION = 274
# What TIFF decoders need: layout, colours, compression and its tables, and the orientation.
_TIFF_NEEDED = frozenset(
    (254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 321, 322)
) | frozenset((323, 324, 325, 332, 334, 338, 339, 347, 512, 513, 514, 515, 519, 520, 521, 529, 530))
_TIFF_PLACES = (273, 279, 324, 325)  # offsets and sizes of strips, of tiles
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def lean_versions(data: bytes) -> Iterator[bytes]:
    """The file without extras but its EXIF data, then without these too.

    Nothing for formats whose extras do no harm, and nothing that equals what came before. The
    result is not written anywhere; whatever the bytes are, nothing is raised.
    """
    lean = _leaner(data)
    if lean is None:
        return
    before = [data]
    for keep_exif in (True, False):
        try:
            version = lean(data, keep_exif)
        except (struct.error, IndexError, ValueError, OverflowError):
            return
        if version not in before:
            before.append(version)
            yield version


def _leaner(data: bytes) -> Callable[[bytes, bool], bytes] | None:
    if data.startswith(_PNG):
        return _lean_png
    if data.startswith(b"\xff\xd8"):
        return _lean_jpeg
    if data.startswith(b"GIF8"):
        return _lean_gif
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _lean_webp
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _lean_tiff
    return _lean_avif if data[4:8] == b"ftyp" else None


def _lean_png(data: bytes, keep_exif: bool) -> bytes:
    out, at = [_PNG], len(_PNG)
    clear = {0: 2, 2: 6}.get(data[25], 1)  # bytes of a transparent colour
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if not kind.isalpha() or (end > len(data) and kind not in _PNG_NEEDED):
            at = _next_png_chunk(data, at + 1)  # a length that is none: the picture lies further on
            continue
        body, check = data[at + 8 : end - 4], data[end - 4 : end]
        sound = check == zlib.crc32(kind + body).to_bytes(4, "big")
        exif = kind == b"eXIf" and keep_exif and length <= _EXIF_BYTES
        if kind in _PNG_NEEDED or (sound and ((kind == b"tRNS" and length >= clear) or exif)):
            out.append(data[at:end])
        at = end
    return b"".join(out)


def _next_png_chunk(data: bytes, start: int) -> int:
    places = [place for kind in _PNG_NEEDED[1:] if (place := data.find(kind, start + 4)) >= 0]
    return min(places) - 4 if places else len(data)


def _lean_jpeg(data: bytes, keep_exif: bool) -> bytes:
    """Only up to the first scan: what comes after it is the picture."""
    out, at = [b"\xff\xd8"], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # a segment that is longer than it says: look for the next marker
            at = data.index(b"\xff", at)
            continue
        marker = data[at + 1]
        if marker in (0xFF, 0x00) or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            break
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        extra = 0xE0 <= marker <= 0xEF or marker == _COMMENT
        if not extra or marker == _ADOBE or (marker == _EXIF_MARKER and keep_exif):
            out.append(data[at:end])
        at = end
    return b"".join((*out, data[at:]))


def _lean_gif(data: bytes, keep_exif: bool) -> bytes:
    """Without comments, texts and what programs add; delays and transparency stay."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    out = [data[:at]]
    while at < len(data) and data[at] == 0x21:
        end = at + 2
        while data[end]:
            end += 1 + data[end]
        if data[at + 1] == 0xF9 and data[at + 2] == 4:
            out.append(data[at : end + 1])
        at = end + 1
    return b"".join((*out, data[at:]))


def _lean_webp(data: bytes, keep_exif: bool) -> bytes:
    out, at = [], 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        chunk = data[at:end]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_VP8X_EXTRAS]) + chunk[9:]
        if kind in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            out.append(chunk)
        at = end
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _lean_avif(data: bytes, keep_exif: bool) -> bytes:
    """With items for EXIF and XMP called something that decoders pass over, at their places."""
    end = max(0, data.find(b"mdat"))
    head = data[:end].replace(b"Exif", b"free")
    return head + data[end:]


def _lean_tiff(data: bytes, keep_exif: bool) -> bytes:
    """With a first directory of its own at the end that names only what is needed."""
    order = "<" if data[:2] == b"II" else ">"
    start = struct.unpack_from(order + "I", data, 4)[0]
    count = struct.unpack_from(order + "H", data, start)[0]
    entries: list[bytes] = []
    for number in range(count):
        raw = data[start + 2 + 12 * number : start + 14 + 12 * number]
        tag, kind, values = struct.unpack_from(order + "HHI", raw)
        size = _TIFF_SIZES.get(kind, 0) * values
        place = struct.unpack_from(order + "I", raw, 8)[0]
        needed = tag in _TIFF_NEEDED or (tag == _ORIENTATION and keep_exif)
        if needed and size and (size <= 4 or place + size <= len(data)):
            entries.append(raw)
    if not _holds_pixels(data, entries, order):  # then nothing may be put where pixels are missing
        return data
    padded = data + b"\0" * (len(data) % 2)
    head = data[:4] + struct.pack(order + "I", len(padded))
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return head + padded[8:] + directory


def _holds_pixels(data: bytes, entries: list[bytes], order: str) -> bool:
    """Whether all strips or tiles that a directory names lie within the file."""
    places = {}
    for raw in entries:
        tag, kind, count, at = struct.unpack(order + "HHII", raw)
        if tag in _TIFF_PLACES and kind in (3, 4):
            letter = "H" if kind == 3 else "I"
            if count * struct.calcsize(letter) <= 4:
                places[tag] = struct.unpack_from(f"{order}{count}{letter}", raw, 8)
            else:
                places[tag] = struct.unpack_from(f"{order}{count}{letter}", data, at)
    for offsets, sizes in (_TIFF_PLACES[:2], _TIFF_PLACES[2:]):
        if places.get(offsets) and len(places[offsets]) == len(places.get(sizes, ())):
            ends = map(sum, zip(places[offsets], places[sizes], strict=True))
            return max(ends) <= len(data)
    return False
