"""``--truth``: a table of paths and classes, or the names of the folders that the images lie in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.folder_level import read_level
from core.services.data.folders import Naming, naming, of_pool
from core.services.metrics.truth import folder_truth
from core.store.csv_tables import LabelTable, read_labels

FOLDERS = "folders"
"""What stands for the names of folders in place of a file."""
_NAMED = 10

Level = Annotated[
    int | None,
    typer.Option(
        "--truth-level",
        help="With --truth folders: which folder of a path names the class, 1 for the outermost "
        "[default: what the Data page has, else the innermost that is a class].",
        min=1,
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Expected:
    """A truth that was asked for.

    Attributes:
        table: what a file says; None for the names of folders.
        level: of the folders, where the command names it.
        file: the file, for messages.
    """

    table: LabelTable | None
    level: int | None
    file: Path

    @property
    def title(self) -> str:
        """How a sentence on it begins."""
        return "The folders" if self.table is None else "The truth file"

    def of(
        self, snapshot: Snapshot, note: Callable[[str], object]
    ) -> tuple[Mapping[str, str], Naming | None]:
        """Relative path → class, and what the folders say where it is from them.

        Args:
            note: told what of the folders does not count.

        Raises:
            WinnowError: no folder is named as a class.
        """
        if self.table is not None:
            return self.table, None
        level = read_level(snapshot.workspace) if self.level is None else self.level
        seen = naming(of_pool(snapshot), snapshot.names, level)
        names = [f"{shown(name) or 'no such folder'} ({n:,})" for name, n in seen.outside.items()]
        listed = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
        where = "No folder" if level is None else f"No folder of level {level}"
        if not seen.images:
            raise WinnowError(
                f"{where} is named as one of the classes: name another --truth-level, or a file "
                f"with --truth. There are {listed}."
            )
        if seen.outside:
            note(f"{seen.missed:,} images lie in no class's folder and take no part: {listed}.")
        return folder_truth(snapshot.pool, snapshot.names, level), seen


def expected(truth: Path, level: int | None) -> Expected:
    """Read the truth that a command names; folders are looked at once the images are there.

    Raises:
        WinnowError: the file cannot be used, or a level is named for a file.
    """
    if str(truth) == FOLDERS and not truth.is_file():
        return Expected(None, level, truth)
    if level is not None:
        raise WinnowError(
            f"--truth-level is for the names of folders, and {shown(truth)} is a file: leave it "
            f"out, or write --truth {FOLDERS}."
        )
    return Expected(read_labels(truth), None, truth)


def folders_json(seen: Naming | None) -> dict[str, Any]:
    """What the folders say, for ``--json``; nothing where the truth is a file."""
    if seen is None:
        return {}
    return {
        "folders": {
            "level": seen.level,
            "images": seen.images,
            "outside": seen.outside,
            "respelled": seen.respelled,
        }
    }
