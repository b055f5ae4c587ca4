"""Image files with damage: real pictures in every format, and what chance does to their bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from hostile import animated_gif, encoded, grey16_png, palette_png, photo, rotated_jpeg
from PIL import Image

_SIZE = (61, 47)
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0xD8, 0xD9, 0xDA, 0xC4, 0x2C, 0x3B)


def seeds(pictures: Sequence[Image.Image] = ()) -> list[bytes]:
    """Small files of every format and of the variants that decoders treat differently."""

    small = [picture.convert("RGB").resize((61, 47)) for picture in pictures] or [
        photo(1, (61, 47))
    ]
    kinds: list[tuple[str, dict[str, object]]] = [
        ("JPEG", {"quality": 80}),
        ("JPEG", {"progressive": True, "subsampling": 0}),
        ("PNG", {}),
        ("WEBP", {"quality": 70}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "jpeg"}),
        ("AVIF", {"speed": 10}),
    ]
    made = [encoded(picture, kind, **options) for picture in small for kind, options in kinds]
    made += [animated_gif(), rotated_jpeg(), palette_png()]
    made.append(grey16_png(np.arange(60 * 40, dtype=np.uint16).reshape(40, 60) * 20))
    made.append(encoded(small[0].convert("CMYK"), "JPEG"))
    made.append(encoded(small[0].convert("RGBA"), "PNG"))
    made.append(encoded(small[0].quantize(7), "BMP"))
    made.append(encoded(small[0].convert("1"), "TIFF", compression="group4"))
    return made


def mutated(data: bytes, chance: random.Random) -> bytes:
    """``data`` with one to eight pieces of damage, many of them near the beginning."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if not out:
            break
        at = int(len(out) * chance.random() ** chance.choice((1, 3)))
        length = chance.randint(1, 24)
        what = chance.randrange(7)
        if what == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            out[at] = chance.choice(INTERESTING)
        elif what == 2:
            out[at : at + 4] = chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF)).to_bytes(
                4, chance.choice(("big", "little"))
            )
        elif what == 3:
            del out[at : at + length]
        elif what == 4:
            out[at:at] = chance.randbytes(length)
        elif what == 5:
            source = chance.randrange(len(out))
            out[at : at + length] = out[source : source + length]
        else:
            del out[max(1, at) :]
    return bytes(out)
