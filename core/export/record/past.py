"""The exports of a question that are on record, told by the names of their folders alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.export.record.run import MANIFEST
from core.runtime import inputs

STAMP = "%Y%m%d-%H%M%S"
"""How the name of a record's folder begins: when it was written, in this machine's time."""
_LENGTH = len("20240131-235959")
_PLACE = "place.txt"  # in a record's folder: where the export was written
_PLACE_BYTES = 20_000


@dataclass(frozen=True)
class Run:
    """One export on record.

    Attributes:
        folder: with its manifest and reports.
        name: of the folder that was written.
        when: local time.
    """

    folder: Path
    name: str
    when: datetime

    @property
    def date(self) -> str:
        """When it was written, for people."""
        return f"{self.when:%Y-%m-%d %H:%M}"

    @property
    def place(self) -> Path | None:
        """The export itself, where it still lies where it was written; None where nobody knows."""
        try:
            text = inputs.read_bytes(self.folder / _PLACE, _PLACE_BYTES)
            place = Path(os.fsdecode(text))
            return place if place.is_absolute() and (place / MANIFEST).is_file() else None
        except (OSError, ValueError):
            return None


def note_place(folder: Path, export: Path) -> None:
    """Remember beside a record where its export lies, in the bytes of the file system."""
    (folder / _PLACE).write_bytes(os.fsencode(export.absolute()))


def runs_of(folder: Path) -> list[Run]:
    """The records in a folder of runs, the oldest first; no file of them is read.

    Folders with other names are none.
    """
    try:
        paths = list(folder.iterdir())
    except OSError:  # there was no export yet
        return []
    runs: list[tuple[datetime, int, Run]] = []
    for path in paths:
        try:
            when = datetime.strptime(path.name[:_LENGTH], STAMP)
            filed = path.stat().st_mtime_ns
        except (ValueError, OSError):
            continue
        runs.append((when, filed, Run(path, path.name[_LENGTH + 1 :] or path.name, when)))
    # Two of one second stand in the order in which they were filed.
    return [run for *_, run in sorted(runs, key=lambda each: (*each[:2], each[2].name))]
