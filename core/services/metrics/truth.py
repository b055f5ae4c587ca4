"""Where the truth for Metrics comes from: a truth file, or the names of folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.project.pool import Pool
from core.runtime import roots
from core.runtime.spelling import Matcher
from core.store.csv_tables import LabelTable, read_labels


def folder_truth(pool: Pool, classes: Sequence[str]) -> dict[str, str]:
    """Relative path → class for the images that lie in a folder named like a class.

    The innermost folder that is a class counts; case, spaces, - and _ do not.
    """
    class_of = Matcher.of(classes)
    of_folder: dict[str, str | None] = {}  # tens of thousands of files lie in a few folders
    truth: dict[str, str] = {}
    for path in pool.rows_by_path:
        folder = path.rpartition("/")[0]
        if folder not in of_folder:
            parts = [class_of(part) for part in reversed(folder.split("/"))]
            of_folder[folder] = next(filter(None, parts), None)
        if name := of_folder[folder]:
            truth[path] = name
    return truth


def folders_outside(pool: Pool, truth: Mapping[str, str]) -> dict[str, int]:
    """Folder → images in it that `folder_truth` has no class for, the most first."""
    outside = (path for path in pool.rows_by_path if path not in truth)
    names = Counter(path.rpartition("/")[0].rpartition("/")[2] for path in outside)
    return dict(names.most_common())


def truth_file(images: Path) -> LabelTable | None:
    """Relative path → class of the ``truth.csv`` that lies in the image folder, or None.

    Raises:
        WinnowError: there is one and it is no table of paths and labels.
    """
    path = images / "truth.csv"
    roots.check(path)
    return read_labels(path) if path.is_file() else None
