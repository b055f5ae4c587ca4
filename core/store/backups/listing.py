"""The backups of a workspace: a folder each below ``backups/``, numbered as they were taken.

    backups/000012-20261125-093000/    backup.json, labels.sqlite, vocabulary.yaml, …

The number orders them, because the clock can be set back.
"""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.store.workspace import QUESTIONS

FOLDER = "backups"
ABOUT = "backup.json"
FORMAT = 1
_NAME = re.compile(r"(\d{6,})-\d{8}-\d{6}")
_LONGEST = 100_000  # bytes of a backup.json; ours have a few hundred


@dataclass(frozen=True)
class Backup:
    """One backup.

    Attributes:
        folder: where it lies.
        number: rises with each backup of a workspace.
        time: when it was taken, seconds since the epoch.
        why: before which change, or that it was due.
        labels: images with a label in it; tag_labels: answers about tags.
        state: tells two backups of the same state; see ``taking``.
    """

    folder: Path
    number: int
    time: float
    why: str
    labels: int
    tag_labels: int
    state: Any = None

    @property
    def name(self) -> str:
        """How people and the command line name it."""
        return self.folder.name

    @property
    def when(self) -> str:
        """Its time for people, in local time."""
        return datetime.fromtimestamp(self.time).strftime("%d %b %Y %H:%M")

    @property
    def size(self) -> int:
        """Bytes of its files; what is linked to other files takes none."""
        files = [path.stat() for path in self.folder.rglob("*") if path.is_file()]
        return sum(file.st_size for file in files if file.st_nlink == 1)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for ``winnow labels restore --json``."""
        return {
            "name": self.name,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time)),
            "why": self.why,
            "labels": self.labels,
            "tag_labels": self.tag_labels,
        }


def backups_of(root: Path) -> list[Backup]:
    """The whole backups of a workspace folder, newest first; what is no backup is passed over."""
    try:
        folders = [path for path in (root / FOLDER).iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
    read = [backup for backup in map(_read, folders) if backup is not None]
    return sorted(read, key=lambda backup: -backup.number)


def _read(folder: Path) -> Backup | None:
    match = _NAME.fullmatch(folder.name)
    try:
        about = folder / ABOUT
        if match is None or about.stat().st_size > _LONGEST:
            return None
        content = inputs.load_json(about, _LONGEST)
        if content["format"] > FORMAT:
            return None
        return Backup(
            folder,
            int(match[1]),
            min(max(0.0, float(content["time"])), 32503680000.0),  # a year that can be printed
            str(content["why"])[:300],
            int(content["labels"]),
            int(content["tag_labels"]),
            content.get("state"),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def pick(root: Path, wanted: str) -> Backup:
    """The backup that somebody names: by its name, "newest", or its place in the list, from 1.

    Raises:
        WinnowError: there is none, or not this one.
    """
    backups = backups_of(root)
    if not backups:
        raise WinnowError(
            f"There is no backup in {shown(root)} yet: Winnow takes one before every bulk change "
            "and within an hour of labeling."
        )
    if wanted == "newest":
        return backups[0]
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(backups):
        return backups[int(wanted[:9]) - 1]
    for backup in backups:
        if backup.name == wanted:
            return backup
    raise WinnowError(
        f"There is no backup {shown(wanted)} in {shown(root)}: name one of the list, which "
        "'winnow labels restore' prints, by its name or its number from 1 to "
        f"{len(backups)}."
    )


def restore_command(home: Path, which: str = "1") -> str:
    """The command that puts a backup of a question back, for a shell.

    Args:
        home: folder of the question, or of the workspace for its first one.
    """
    if home.parent.name != QUESTIONS:
        return f"winnow labels restore {shlex.quote(str(home))} {which}"
    root = shlex.quote(str(home.parent.parent))
    return f"winnow labels restore {root} {which} --question {home.name}"


def way_back(labels: Path) -> str:
    """What to do about a label file that is damaged or gone: the newest backup and the command.

    Args:
        labels: the ``labels.sqlite`` of a question.

    Returns:
        One sentence to follow the one that says what is wrong; never raises.
    """
    root = labels.parent
    backups = backups_of(root)
    if not backups:
        return f"There is no backup of it in {shown(root / FOLDER)}."
    # An empty file may have been backed up since: the newest with labels is meant.
    best = next((backup for backup in backups if backup.labels or backup.tag_labels), backups[0])
    return (
        f"The newest backup is of {best.when} ({best.labels:,} labeled images): put it back with: "
        f"{restore_command(root, best.name)} --labels-only"
    )
