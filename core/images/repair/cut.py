"""Files that stop early: how much of the picture is there, and files that a decoder finishes.

What is there does not depend on what comes after it. So a picture is decoded with two different
continuations, and the pixels that are equal in both are those that the file holds.
"""

from __future__ import annotations

import random
import re

import numpy as np
from PIL import Image

from core.images.large.strips import strips_of

LEAST = 0.9
"""Share of the pixels that must be there for a picture to be used."""

FILLS = (0, 255)
"""What two pictures are filled with before a decoder writes what it can into them."""

_DECODERS_GREYS = (63, 64, 127, 128)  # of CMYK and of all others
_OPPOSITE = bytes(255 - value for value in range(256))
_EOI = b"\xff\xd9"
_NOISE = 512  # bytes, at least: enough for some blocks of a JPEG
_PART = 9  # a file that is cut is continued by this part of its length
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_SOF_PROGRESSIVE, _SOS = 0xC2, 0xDA


def continuations(data: bytes) -> tuple[bytes, ...]:
    """The file, continued in several ways; none for formats whose decoders leave what they have.

    Two of the ways are opposite bit by bit: what is equal in all of them is so by chance only where
    next to nothing is missing.
    """
    if data.startswith(b"\xff\xd8"):
        if not _all_scans(data):
            return ()
        start = data.rstrip(b"\xff")
        return tuple(start + tail + _EOI for tail in (b"", *_noises(len(data))))
    if data[:4] == b"RIFF":
        missing = 8 + int.from_bytes(data[4:8], "little") - len(data)
        if 0 < missing <= len(data) // _PART:
            tails = (bytes(missing), *_noises(9 * missing))
            return tuple(data + tail[:missing] for tail in tails)
    return ()


def leaves_what_it_has(data: bytes) -> bool:
    """Whether the format's decoder writes row by row into a picture that is there already."""
    return data.startswith((b"\x89PNG", b"GIF8", b"BM", b"II", b"MM"))


def load_into(opened: Image.Image, fill: int) -> None:
    """Decode what there is into a picture of one value (0 to 255) and leave the rest of it.

    Raises:
        OSError: the picture is of a kind that has no such value.
    """
    if getattr(opened, "_frame_transparency", None) is not None:
        raise OSError("a GIF with a transparent colour begins with a picture of its own")
    bands = opened.getbands()
    colour = fill if len(bands) == 1 else (fill,) * len(bands)
    opened.im = Image.new(opened.mode, opened.size, colour).im
    try:
        opened.load()
    except (OSError, EOFError, SyntaxError, ValueError, IndexError):
        opened.tile = []  # type: ignore[attr-defined]  # else it is decoded again when it is used


def share_there(one: Image.Image, other: Image.Image) -> float:
    """Share of the pixels of two pictures of one size and mode RGB that are there.

    These are the equal ones; where some differ, without those that are of the grey with which a
    JPEG's decoder goes on when even the continuation has ended.
    """
    equal = filled = 0
    for (_, a), (_, b) in zip(strips_of(one), strips_of(other), strict=True):
        values = np.asarray(a)
        same = (values == np.asarray(b)).all(axis=2)
        equal += int(same.sum())
        grey = values[..., 0]
        plain = (values == grey[..., None]).all(axis=2) & np.isin(grey, _DECODERS_GREYS)
        filled += int((same & plain).sum())
    whole = one.width * one.height
    return 1.0 if equal == whole else (equal - filled) / whole


def note(share: float) -> str:
    """What to say of a picture of which that share is there."""
    if share >= 1:
        return "the file stops early, but the whole picture is there"
    return f"the file stops early: {max(0.001, 1 - share):.1%} of the picture is missing"


def _noises(length: int) -> tuple[bytes, bytes]:
    """Bytes without any marker of a JPEG, the same each time, and their opposites."""
    noise = random.Random(length).randbytes(max(_NOISE, length // _PART))
    noise = noise.replace(b"\xff", b"\x5a").replace(b"\x00", b"\xa5")
    return noise, bytes(noise).translate(_OPPOSITE)


def _all_scans(data: bytes) -> bool:
    """Whether the last refinement of every part of a progressive JPEG has at least begun.

    Until then the picture is coarse as a whole, and no pixel of it is as it should be.
    """
    shifts: dict[tuple[int, int], int] = {}
    components = 0
    for match in _MARKER.finditer(data):
        body = data[match.end() + 2 : match.end() + 300]
        if match[1][0] == _SOF_PROGRESSIVE and len(body) > 5:
            components = body[5]
        elif match[1][0] == _SOS and components and body:
            parts = body[0]
            if len(body) < 4 + 2 * parts:
                return False
            first, last, shift = body[1 + 2 * parts], body[2 + 2 * parts], body[3 + 2 * parts] & 15
            for part in range(parts):
                for band in range(first, min(last, 63) + 1):
                    shifts[body[1 + 2 * part], band] = shift
    return not components or (len(shifts) == 64 * components and not any(shifts.values()))
