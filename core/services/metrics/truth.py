"""Where the truth for Metrics comes from: a truth file, or the names of folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.project.pool import Pool, file_mark
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.spelling import Matcher
from core.services.data.folders import name_of
from core.store.csv_tables import LabelTable, read_labels


def folder_truth(pool: Pool, classes: Sequence[str], level: int | None = None) -> dict[str, str]:
    """Relative path → class for the images that lie in a folder named like a class.

    Case, spaces, - and _ make no difference; `core.services.data.folders.naming` counts the others.

    Args:
        level: which part of a path names the class, 1 for the outermost folder; None for the
            innermost folder that is a class.
    """
    class_of = Matcher.of(classes)
    of_folder: dict[str, str | None] = {}  # tens of thousands of files lie in a few folders
    truth: dict[str, str] = {}
    for path in pool.rows_by_path:
        folder = path.rpartition("/")[0]
        if folder not in of_folder:
            of_folder[folder] = name_of(folder, level, class_of)
        if name := of_folder[folder]:
            truth[path] = name
    return truth


def truth_beside(snapshot: Snapshot) -> LabelTable | None:
    """`truth_file` of a collection's folder, read once for each state of the file."""
    images = snapshot.workspace.images
    roots.check(images / "truth.csv")
    mark = (images, file_mark(images / "truth.csv"))
    return snapshot.share("truth-file", mark, lambda: truth_file(images), keep=1)


def truth_file(images: Path) -> LabelTable | None:
    """Relative path → class of the ``truth.csv`` that lies in the image folder, or None.

    Raises:
        WinnowError: there is one and it is no table of paths and labels.
    """
    path = images / "truth.csv"
    roots.check(path)
    return read_labels(path) if path.is_file() else None
