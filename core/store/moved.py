"""Image folders that were moved or renamed: their workspace is found again by what is in them.

A workspace whose images are gone is compared with another folder: first whether a sample of its
files lies at the same relative paths with the same sizes, else whether files of those sizes lie
anywhere below it. Either way some of them are read, and their content has to be the one that the
catalog names; so a folder that only looks alike is not taken for it.
"""

from __future__ import annotations

import os
import stat
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from core.images.hash import content_id
from core.images.sources import places as sources
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of
from core.store.catalog import read_catalog
from core.store.workspace import Workspace, every_workspace

SAMPLE = 64  # files of a catalog that are looked for
READ = 8  # of them, whose content is compared
ENOUGH = 0.5  # share of the sample from which a folder is the one that was moved
MOST_FILES = 100_000  # that are listed below a folder
MOST_WORKSPACES = 100  # the latest ones
_LARGEST = 256_000_000  # bytes of a file that is read
_FRESH = 10.0  # seconds that a look below a folder is good for

Row = tuple[str, int, str]
"""Relative path, size and image id of a file as the catalog has it."""


@dataclass(frozen=True)
class Match:
    """A workspace whose images lie in another folder now.

    Attributes:
        looked: files of its catalog that were looked for; there: those that are in the folder.
        same_paths: they lie at the same relative paths; else below other names.
    """

    workspace: Workspace
    looked: int
    there: int
    same_paths: bool

    @property
    def share(self) -> float:
        """Share of the files that are in the folder, 0 to 1."""
        return self.there / self.looked if self.looked else 0.0

    @property
    def enough(self) -> bool:
        """Whether that many are there that it is the folder that was moved."""
        return self.share >= ENOUGH


def is_gone(workspace: Workspace) -> bool:
    """Whether the images are no longer where the workspace has them.

    A folder that is there without a single one of the files counts as well: where a drive was
    mounted, an empty folder stays behind.
    """
    if sources.is_elsewhere(
        workspace.images
    ):  # its files lie elsewhere, and nobody looks there for this
        return False
    if folder_is_gone(workspace):
        return True
    try:
        rows = _sample(workspace, READ)
        return bool(rows) and not any(_size(workspace.images / row[0]) >= 0 for row in rows)
    except WinnowError:  # a damaged catalog is said when it is opened
        return False


def folder_is_gone(workspace: Workspace) -> bool:
    """Whether there is no image folder, without a look at what is in it."""
    try:
        return not workspace.images.is_dir()
    except (OSError, ValueError):
        return False  # what cannot be looked at is not known to be gone


def is_rearranged(workspace: Workspace) -> bool:
    """Whether images of `is_gone` lie in their folder all the same, below other names.

    Embedding the folder finds them again, with their vectors and labels.
    """
    return _is_rearranged(workspace, int(time.monotonic() / _FRESH))


@lru_cache(maxsize=MOST_WORKSPACES)
def _is_rearranged(workspace: Workspace, _moment: int) -> bool:
    """Looked at once in a while only: the Data page asks all the time."""
    return compared(workspace, workspace.images).enough


def moved_workspaces(images: Path) -> list[Match]:
    """Workspaces whose images are gone from where they were and lie in ``images`` now.

    The best match first; empty for a folder without any. Looks at the workspaces in the user's data
    folder only.
    """
    files = cache(lambda: _files_by_size(images))
    matches: list[Match] = []
    for workspace in every_workspace()[:MOST_WORKSPACES]:
        if workspace.images != images and is_gone(workspace):
            match = compared(workspace, images, files)
            if match.enough:
                matches.append(match)
    return sorted(matches, key=lambda match: -match.share)


def compared(
    workspace: Workspace,
    images: Path,
    files: Callable[[], dict[int, list[str]]] | None = None,
) -> Match:
    """How much of a workspace's catalog lies in a folder.

    Args:
        files: size → files below the folder, where it is at hand.
    """
    try:
        rows = _sample(workspace, SAMPLE)
    except WinnowError:  # a damaged catalog is said when it is opened
        rows = []
    placed = [row for row in rows if _size(images / row[0]) == row[1]]
    if placed and len(placed) >= ENOUGH * len(rows):
        there = round(len(placed) * _verified(placed, lambda row: [str(images / row[0])]))
        if there >= ENOUGH * len(rows):
            return Match(workspace, len(rows), there, True)
    by_size = files() if files is not None else _files_by_size(images)
    likely = [row for row in rows if row[1] in by_size]
    there = round(len(likely) * _verified(likely, lambda row: by_size[row[1]][:READ]))
    return Match(workspace, len(rows), there, False)


def _sample(workspace: Workspace, count: int) -> list[Row]:
    """Files of the catalog whose content is known, evenly spread over it."""
    try:
        mark = mark_of(workspace.catalog)
    except OSError:  # nothing was read yet, or it cannot be
        mark = ()
    return _sampled(workspace.catalog, mark, count)


@lru_cache(maxsize=MOST_WORKSPACES)
def _sampled(catalog: Path, mark: tuple[int, ...], count: int) -> list[Row]:
    """The sample of a catalog with this ``mark_of``: the Data page looks at it all the time."""
    frame = read_catalog(catalog).select("path", "size", "id").drop_nulls()
    if frame.height > count:
        step = frame.height / count
        frame = frame[[int(place * step) for place in range(count)]]
    rows = frame.filter(pl.col("size") > 0).rows()
    # The catalog is a file that anybody may have written: no way out of the folder.
    return [
        row for row in rows if ".." not in Path(row[0]).parts and not Path(row[0]).is_absolute()
    ]


def _verified(rows: Sequence[Row], places: Callable[[Row], Iterable[str]]) -> float:
    """Share of some of the files whose content is the catalog's, 0 without files."""
    smallest = sorted(rows, key=lambda row: row[1])
    step = max(1, len(smallest) // READ)
    some = smallest[::step][:READ]
    right = sum(any(_id(path, row[1]) == row[2] for path in places(row)) for row in some)
    return right / len(some) if some else 0.0


def _size(path: Path) -> int:
    """Bytes of a regular file, -1 for none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def _id(path: str, size: int) -> str | None:
    with suppress(OSError, ValueError):
        if size <= _LARGEST and _size(Path(path)) == size:
            return content_id(inputs.read_bytes(Path(path), _LARGEST))
    return None


def _files_by_size(images: Path) -> dict[int, list[str]]:
    """Size → paths of files below a folder, of the first `MOST_FILES`."""
    by_size: dict[int, list[str]] = defaultdict(list)
    count = 0
    for folder, below, names in os.walk(images):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand of them
            size = _size(Path(path))
            if size > 0:
                by_size[size].append(path)
            count += 1
            if count >= MOST_FILES:
                return dict(by_size)
    return dict(by_size)
