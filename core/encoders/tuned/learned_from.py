"""Which images tuned encoders have learned from: by those nobody can say how good they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from core.encoders.tuned import files
from core.runtime.errors import WinnowError


def unseen(captions: Sequence[tuple[str, str]], specs: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of image id and caption without those of images that one of some encoders was tuned on.

    On the others alone tuned encoders can be compared with what they stand on.
    """
    marks: set[int] = set()
    for spec in specs:
        if spec.startswith(files.PREFIX):
            with suppress(WinnowError):  # whoever loads it says so
                marks |= files.learned_from(files.path_of(spec.removeprefix(files.PREFIX)))
    if not marks:
        return list(captions)
    return [(own, text) for own, text in captions if files.mark_of_image(own) not in marks]
