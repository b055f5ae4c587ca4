"""Copies of pictures that lie elsewhere: no more of them than a disk can be asked to hold."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 8_000_000
"""In one folder of copies; a workspace has 256 of them a size, so about 2 GB."""


def bound(folder: Path, most: int = MOST_BYTES) -> None:
    """Remove the oldest files of a folder until the others have ``most`` bytes together.

    Several processes may do so at once. The newest file always stays.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        files = sorted(
            ((each.stat().st_mtime_ns, each.path, each.stat().st_size) for each in entries),
            reverse=True,
        )
        total = 0
        for number, (_, path, size) in enumerate(files):
            total += size
            if number and total > most:
                Path(path).unlink(missing_ok=True)
