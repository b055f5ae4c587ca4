"""A second and third try for a file that a decoder has refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from PIL import Image

from core.images.large.room import TooHeavy
from core.images.repair import cut
from core.images.repair.lean import lean_versions

EXTRAS = "damaged or very large extra data in the file were ignored"


class Picture(Protocol):
    """What comes out of decoding."""

    @property
    def image(self) -> Image.Image:
        """Mode RGB."""
        ...


P = TypeVar("P", bound=Picture)
Attempt = Callable[[bytes, int | None, int], P]
"""Decodes a file, perhaps into a picture that is filled with a value, beside a number of pictures
that are in memory; raises anything when it cannot."""


def rescued(data: bytes, attempt: Attempt[P]) -> tuple[P, str] | None:
    """The picture of a file that was refused, and a note on what is wrong with the file.

    Tried without extras, then as a file that stops early and of which enough is there.

    Raises:
        TooHeavy, MemoryError: there is no room to try.
    """
    versions = list(lean_versions(data))
    for version in versions:
        picture = _attempt(attempt, version, may_be_heavy=False)
        if picture is not None:
            return picture, EXTRAS
    for version, notes in ((data, ()), *((lean, (EXTRAS,)) for lean in versions)):
        picture, share = _continued(version, attempt)
        if picture is not None:
            # What was decoded at all is not made whole by leaving out extras.
            return (picture, "; ".join((cut.note(share), *notes))) if share >= cut.LEAST else None
    return None


def _continued(data: bytes, attempt: Attempt[P]) -> tuple[P | None, float]:
    """The picture of a file that stops early, and the share of it that is there."""
    if cut.leaves_what_it_has(data):
        tries: list[tuple[bytes, int | None]] = [(data, fill) for fill in cut.FILLS]
    else:
        tries = [(each, None) for each in cut.continuations(data)]
    first, share = None, 1.0
    for each, fill in tries:
        picture = _attempt(attempt, each, fill, 0 if first is None else 1)
        if picture is None:
            return None, 0.0
        if first is None:
            first = picture
        elif picture.image.size != first.image.size:
            return None, 0.0
        else:
            share = min(share, cut.share_there(first.image, picture.image))
    return first, share


def _attempt(
    attempt: Attempt[P],
    data: bytes,
    fill: int | None = None,
    beside: int = 0,
    may_be_heavy: bool = True,
) -> P | None:
    try:
        return attempt(data, fill, beside)
    except MemoryError:
        raise
    except TooHeavy:
        if may_be_heavy:  # two of them at a time: then what was wrong at first is said
            return None
        raise
    except Exception:  # as for the first try, Pillow's plugins raise nearly anything
        return None
