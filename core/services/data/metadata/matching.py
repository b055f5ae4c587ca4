"""Which image a row of a table means: by its relative path, its file name, or its name alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from core.images.names import shown
from core.project.pool import Pool
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.store.metadata.table import MetadataTable
from core.store.table_rows import NAMES, key_of

BY_PATH, BY_NAME = "path", "name"
"""Keys that say how images are named instead of naming a column."""
T = TypeVar("T")
_LOOKED = 300  # values by which a column is judged
_JUDGED = 40  # columns


class Listing(Protocol):
    """Where images are looked for: a snapshot, or the files of a folder."""

    @property
    def pool(self) -> Pool:
        """The images."""
        ...

    @property
    def metadata(self) -> MetadataTable:
        """The columns that are there."""
        ...

    def share(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = 8) -> T:
        """A result that follows from the images alone, made once."""
        ...


class OnlyNamesError(WinnowError):
    """Rows would name images by file name alone, which nobody has chosen yet."""


@dataclass(frozen=True)
class Places:
    """Values of a key column and the images that they mean.

    Attributes:
        rows: value → row of the pool.
        unclear: values that several images are called.
    """

    rows: Mapping[str, int]
    unclear: frozenset[str]


def places_of(snapshot: Listing, values: Sequence[str], by: str = "") -> Places:
    """Find the images that values mean; white space, case and separators aside.

    Args:
        by: "path", "name" (the last part of a value is the name of the file), or "": the path, else
            where no folder is named the name of the file, else that without its ending.
    """
    distinct = list(dict.fromkeys(value for value in values if value))
    pool = snapshot.pool
    rows: dict[str, int] = {}
    unclear: set[str] = set()
    if by != BY_NAME:
        matched = pool.match((value, value) for value in distinct)
        rows = {value: row for row, value in matched.values}
        unclear = set(matched.unclear)
    if by == BY_PATH:
        return Places(rows, frozenset(unclear))
    left = [value for value in distinct if value not in rows and value not in unclear]
    if by == "":
        left = [value for value in left if not _folder(value)]
    if left:
        names = snapshot.share("file-names", pool.version, lambda: _names(pool), keep=1)
        for value in left:
            meant = names.get(same(_last(value)), frozenset())
            if len(meant) == 1:
                rows[value] = next(iter(meant))
            elif meant:
                unclear.add(value)
    return Places(rows, frozenset(unclear))


def key_column(
    snapshot: Listing, names: Sequence[str], texts: Callable[[str], Sequence[str]], key: str = ""
) -> tuple[str, str]:
    """The column that names images, and how: "path", "name" or "" as for `places_of`.

    Args:
        names: of the columns; texts: the cells of one.
        key: "path", "name", or a column; by default one for paths by its name, else the column
            whose values mean the most images.

    Raises:
        OnlyNamesError: without a key, no path means an image, but the file name at its end does.
        WinnowError: there is no such column, or none that names images.
    """
    usual = _usual(names)
    if key and key not in (BY_PATH, BY_NAME):
        for name in names:
            if same(name) == same(key):
                return name, ""
        raise WinnowError(
            f"The table has no column named {shown(key)}: it has "
            f"{', '.join(map(shown, names[:20]))}."
        )
    if key == BY_PATH:
        if not usual:
            raise WinnowError("The table has no column named path: name one with --key.")
        return usual[0], BY_PATH
    candidates = usual or list(names[:_JUDGED])
    scores = [_share(snapshot, texts(name), key) for name in candidates]
    best = max(range(len(candidates)), key=lambda n: (scores[n], -n), default=None)
    if best is not None and scores[best] == 0 and usual and not key:  # a path of another table
        candidates = [name for name in names[:_JUDGED] if name not in usual]
        scores = [_share(snapshot, texts(name), key) for name in candidates]
        best = max(range(len(candidates)), key=lambda n: (scores[n], -n), default=None)
    if best is None or scores[best] == 0:
        for name in usual or names[:_JUDGED]:
            if not key and _share(snapshot, texts(name), BY_NAME):
                raise OnlyNamesError(
                    f"The column {shown(name)} names images by folders that are not in the "
                    "collection; only the file names at their ends are: match the rows by file "
                    "name (--key name) where no two images have the same."
                )
        raise WinnowError(
            "No column of the table names an image of the collection: write relative paths or "
            "file names into one, or name it with --key."
        )
    return candidates[best], key


def _share(snapshot: Listing, texts: Sequence[str], by: str) -> float:
    """Share of the first values of a column that mean an image each."""
    values = list(dict.fromkeys(text.strip() for text in texts if text.strip()))[:_LOOKED]
    places = places_of(snapshot, values, by)
    return (len(places.rows) + 0.5 * len(places.unclear)) / max(1, len(values))


def _usual(names: Sequence[str]) -> list[str]:
    """The columns that are called as those of paths are, the likelier first."""
    keys = {key_of(name): name for name in reversed(names)}
    return [keys[name] for name in NAMES["path"] if name in keys]


def _names(pool: Pool) -> dict[str, frozenset[int]]:
    """File name, and that without its ending → rows; a name counts before one without ending."""
    whole: dict[str, set[int]] = {}
    bare: dict[str, set[int]] = {}
    for path, row in pool.rows_by_path.items():
        name = PurePosixPath(path)
        whole.setdefault(same(name.name), set()).add(row)
        bare.setdefault(same(name.stem), set()).add(row)
    return {name: frozenset(rows) for name, rows in (bare | whole).items()}


def _folder(value: str) -> bool:
    return "/" in value.strip() or "\\" in value.strip()


def _last(value: str) -> str:
    return value.strip().replace("\\", "/").rstrip("/").rpartition("/")[2]
