"""Images that other programs name by their file alone, found by content id or by that name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from core.images.hash import is_image_id
from core.images.scan import IMAGE_SUFFIXES
from core.project.pool import Matched, Pool
from core.runtime.spelling import alike_path

T = TypeVar("T")


def found_by_name(pool: Pool, matched: Matched[T], values: Mapping[str, T]) -> Matched[T]:
    """The same with those of its missing paths that one image alone answers to.

    In turn: a file called by the content id of an image, as Winnow's own exports for FiftyOne are;
    the path without its suffix; the name of the file; that without its suffix.

    Args:
        values: path → what belongs to it, as it was matched.
    """
    if not matched.missing:
        return matched
    index = _Names(pool)
    result, missing, unclear = list(matched.values), [], list(matched.unclear)
    respelled = dict(matched.respelled)
    for path in matched.missing:
        rows = index.of(path)
        if len(rows) == 1:
            row = rows.pop()
            result.append((row, values[path]))
            respelled[path] = pool.paths[row]
        else:
            missing.append(path)
            unclear += [path] if rows and path not in unclear else []
    return Matched(result, missing, [path for path in unclear if path in set(missing)], respelled)


class _Names:
    """The images of a pool by content id and by parts of their paths."""

    def __init__(self, pool: Pool) -> None:
        self._ids = pool.rows
        self._by: dict[str, set[int]] = {}
        for path, row in pool.rows_by_path.items():
            for key in self._keys(alike_path(path)):
                self._by.setdefault(key, set()).add(row)

    @staticmethod
    def _keys(path: str) -> list[str]:
        """What a path may be called by, the most of it first."""
        bare, name = _bare(path), path.rpartition("/")[2]
        return list(dict.fromkeys([f"path:{bare}", f"name:{name}", f"stem:{_bare(name)}"]))

    def of(self, path: str) -> set[int]:
        """Rows of the images that a path may mean."""
        text = alike_path(path)
        stem = _bare(text.rpartition("/")[2])
        content = stem.partition("-")[0]
        if is_image_id(content) and content in self._ids:
            return {self._ids[content]}
        for key in self._keys(text):
            if rows := self._by.get(key):
                return set(rows)
        return set()


def _bare(path: str) -> str:
    """A path without the suffix of an image."""
    suffix = PurePosixPath(path).suffix
    return path.removesuffix(suffix) if suffix[1:].lower() in IMAGE_SUFFIXES else path
