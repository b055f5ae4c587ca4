"""Kinds of grey TIFFs that Pillow's decoder can unpack and its table does not list.

Pillow lists most kinds for pictures whose lowest value is black only; `core.images.convert` inverts
the others. And it lists floats of 64 bits nowhere.
"""

from __future__ import annotations

from PIL import TiffImagePlugin

_LITTLE, _BIG = b"II", b"MM"
_KINDS = {  # byte order, sample format (1 unsigned, 2 signed, 3 float), bits → mode, unpacker
    (_LITTLE, 1, 12): ("I;16", "I;12"),
    (_BIG, 1, 12): ("I;16", "I;12"),
    (_LITTLE, 1, 16): ("I;16", "I;16"),
    (_BIG, 1, 16): ("I;16B", "I;16B"),
    (_LITTLE, 2, 16): ("I", "I;16S"),
    (_BIG, 2, 16): ("I", "I;16BS"),
    (_LITTLE, 1, 32): ("I", "I;32"),
    (_BIG, 1, 32): ("I", "I;32B"),
    (_LITTLE, 2, 32): ("I", "I;32S"),
    (_BIG, 2, 32): ("I", "I;32BS"),
    (_LITTLE, 3, 32): ("F", "F;32F"),
    (_BIG, 3, 32): ("F", "F;32BF"),
    (_LITTLE, 3, 64): ("F", "F;64F"),
    (_BIG, 3, 64): ("F", "F;64BF"),
}
_PHOTOMETRIC = 262


def register() -> None:
    """Tell Pillow of them; what it knows already stays."""
    for (order, sample, bits), kind in _KINDS.items():
        for photometric in (0, 1):
            key = (order, photometric, (sample,), 1, (bits,), ())
            TiffImagePlugin.OPEN_INFO.setdefault(key, kind)


def lowest_is_white(image: object) -> bool:
    """Whether a TIFF that is open says that its lowest value is white."""
    return bool(getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == 0)
