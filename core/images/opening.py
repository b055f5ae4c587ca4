"""Large files: room in memory for them and their picture, taken before they are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from PIL import Image

from core.images.decode import FORMATS, shape_of, weight_of
from core.images.large.room import fit, pictures
from core.images.large.weight import Weight
from core.images.sources import places
from core.runtime import inputs
from core.runtime.budget import Budget, Lease

LARGE_FILE = 8_000_000
"""Bytes from which room is taken before a file is read; a smaller one is counted when decoded."""


@contextmanager
def room_for(
    path: Path,
    draft: Callable[[], int | None] = lambda: None,
    budget: Budget | None = None,
    size: int = 0,
) -> Iterator[Lease]:
    """Room in memory for a file and its picture, to be handed to `decoding` within the block.

    A small file is read without asking; of a large one the header is looked at before. Waits until
    there is room, in `core.images.large.room.pictures` unless another ``budget`` is named.

    Args:
        draft: the ``draft_px`` of `decoding`, asked for where it matters: an encoder that is not
            loaded yet would be loaded for it.
        size: bytes of the file as it was listed, for one that lies elsewhere and cannot be looked
            at before it is fetched.

    Raises:
        UnreadableImage: there will never be enough.
    """
    with (budget or pictures()).lease() as lease:
        with suppress(OSError):  # whoever reads it says what is wrong
            if size > LARGE_FILE and places.is_elsewhere(path):
                fit(lease, size, os.fspath(path), "it")
            size = path.stat().st_size
            if size > LARGE_FILE:
                with inputs.open_file(path) as file:
                    _make_room(lease, file, size, path, draft())
        yield lease


def _make_room(lease: Lease, file: IO[bytes], size: int, path: Path, draft_px: int | None) -> None:
    try:
        with Image.open(file, formats=FORMATS) as opened:
            weight, what = weight_of(opened, opened.size, draft_px)[0], shape_of(opened)
    except Exception:  # a header that Pillow cannot read: decoding says why
        weight, what = Weight(0, 0), "it"
    fit(lease, size + weight.peak, os.fspath(path), what)
