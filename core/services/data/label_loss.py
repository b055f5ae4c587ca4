"""Labels that were there once and are gone: seen by what exports and backups remember of them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.export.record.run import MANIFEST
from core.images.names import shown
from core.runtime import inputs
from core.store.backups.listing import Backup, backups_of, restore_command
from core.store.labels.answers import Labels
from core.store.workspace import Workspace

LOOKED = 5  # exports whose records are read, the latest first
_LONGEST = 64_000_000  # characters of the line with the labels


@dataclass(frozen=True)
class LostLabels:
    """A workspace whose label file was given fewer labels than it once held.

    Attributes:
        labels: the file that a backup would restore; ever: how many answers were ever given.
        run: the latest export that used more labels of the workspace, and how many; None without
            one.
        backup: the newest backup that holds more.
        place: where the labels are, "" for that file.
    """

    labels: Path
    ever: int
    run: tuple[str, int] | None
    backup: Backup | None
    place: str = ""

    def as_text(self) -> str:
        """What is wrong and the way out, for people."""
        held = f"only {self.ever:,} answers" if self.ever else "no labels"
        text = f"This workspace holds {held}"
        if self.run is not None:
            text += f", but its export {shown(self.run[0])} used {self.run[1]:,}"
        text += f": was {shown(self.place or self.labels)} removed or replaced?"
        if self.backup is None:
            return f"{text} There is no backup with more."
        command = restore_command(self.labels.parent, self.backup.name)
        return (
            f"{text} The newest backup with more is of {self.backup.when} "
            f"({self.backup.labels:,} labeled images): {command}"
        )


def lost_labels(workspace: Workspace, ever: int) -> LostLabels | None:
    """Whether a workspace has lost labels; None when there is no sign of it.

    The log is only ever appended to, so one that was given fewer answers than an export used or a
    backup holds is another log. Labels that were taken back, or replaced by an older backup on
    purpose, are no loss.

    Args:
        ever: how many answers the log of labels was ever given.
    """
    run = _latest_run(workspace.runs, ever)
    backup = next((backup for backup in backups_of(workspace.home) if backup.labels > ever), None)
    return LostLabels(workspace.labels, ever, run, backup) if run or backup else None


def warn_of_loss(workspace: Workspace, store: Labels, note: Callable[[str], object]) -> None:
    """Say it to whoever would be misled."""
    if lost := lost_labels(workspace, store.ever()):
        note(replace(lost, place=store.place).as_text())


def _latest_run(runs: Path, ever: int) -> tuple[str, int] | None:
    """Name and number of labels of the latest export with more labels than there ever were."""
    try:
        folders = sorted((path for path in runs.iterdir() if path.is_dir()), reverse=True)
    except OSError:
        return None
    for folder in folders[:LOOKED]:
        try:
            mark = (folder / MANIFEST).stat().st_mtime_ns
            count = _stored_labels(os.fspath(folder / MANIFEST), mark)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a damaged record says nothing
        if count > ever:
            return folder.name, count
    return None


@lru_cache(maxsize=256)
def _stored_labels(manifest: str, mark: int) -> int:
    """Labels of the workspace that an export used: those that did not come with the call.

    The manifest of a large export has a line an image, and the labels are a line of their own.
    """
    source = inputs.open_file(Path(manifest))
    with io.TextIOWrapper(source, "utf-8", errors="replace") as lines:
        while line := lines.readline(_LONGEST):
            if line.startswith('"labels": ') and len(line) < _LONGEST:
                labels: Mapping[str, Any] = inputs.parse_json(
                    line[len('"labels": ') :].rstrip().rstrip(",")
                )
                return int(labels["count"]) - len(labels["from_file"])
    return 0
