"""A catalog read as columns: what a pool says of its images, made when it is asked for."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import polars as pl

from core.store.catalog import SCHEMA, ImageRow
from core.store.columnar.ids import IdColumn, IdIndex, series_as_bytes
from core.store.vectors import VectorStore

_AT_ONCE = 16_384
_OFTEN = 1_000  # single images, after which all are made: as long as a thousand take one by one
_LEFT_OUT = ("id", "problem")  # of images that can be used: kept elsewhere, and null


class Files(Sequence[list[ImageRow]]):
    """The catalog rows of each image, several for exact duplicates; objects only of what is read.

    Of few images that are asked for again and again, or all at once, they stay as they are made.

    Args:
        frame: one row a file, those of an image together, without id and problem.
        ids: of the images.
        begins: (N + 1,) the first row of each image.
        most: images up to which objects of all may stay.
    """

    def __init__(
        self, frame: pl.DataFrame, ids: IdColumn, begins: np.ndarray, most: int = 0
    ) -> None:
        self._frame, self._ids, self._begins = frame, ids, begins
        self._stays, self._asked = len(ids) <= most, 0

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, row: int) -> list[ImageRow]: ...
    @overload
    def __getitem__(self, row: slice) -> list[list[ImageRow]]: ...
    def __getitem__(self, row: int | slice) -> list[ImageRow] | list[list[ImageRow]]:
        if isinstance(row, slice):
            begin, end, step = row.indices(len(self))
            if step == 1:
                return list(self._some(begin, max(begin, end)))
            return [self[one] for one in range(begin, end, step)]
        row = range(len(self))[row]
        if self._stays and self._asked >= _OFTEN:
            return self._every[row]
        self._asked += 1
        return next(self._some(row, row + 1))

    def __iter__(self) -> Iterator[list[ImageRow]]:
        return iter(self._every) if self._stays else self._in_turn()

    @cached_property
    def _every(self) -> list[list[ImageRow]]:
        self._asked = _OFTEN
        return list(self._in_turn())

    def _in_turn(self) -> Iterator[list[ImageRow]]:
        for begin in range(0, len(self), _AT_ONCE):
            yield from self._some(begin, min(begin + _AT_ONCE, len(self)))

    def of(self, rows: np.ndarray) -> Files:
        """Those of some images, in the order of ``rows``, (n,) int."""
        counts = self.counts[rows]
        begins = np.append(0, np.cumsum(counts))
        lines = np.repeat(self._begins[rows] - begins[:-1], counts) + np.arange(begins[-1])
        ids = IdColumn(np.ascontiguousarray(self._ids.raw[rows]))
        frame = self._frame[lines.tolist()]
        return Files(frame, ids, begins, len(ids) if self._stays else 0)

    @property
    def ids(self) -> IdColumn:
        """(N,) of the images."""
        return self._ids

    def first(self, name: str) -> pl.Series:
        """(N,) a column of the catalog: what it says of the first file of each image."""
        column = self._frame[name]
        if len(column) == len(self):
            return column
        return column.gather(pl.Series(self._begins[:-1]))

    @cached_property
    def counts(self) -> np.ndarray:
        """(N,) int64 files of each image."""
        return np.diff(self._begins).astype(np.int64)

    @property
    def bytes_total(self) -> int:
        """Bytes of all files."""
        return int(self._frame["size"].sum() or 0)

    @property
    def every_path(self) -> tuple[pl.Series, np.ndarray]:
        """The path of every file, and (files,) the row of its image."""
        return self._frame["path"], np.repeat(np.arange(len(self)), self.counts)

    def _some(self, begin: int, end: int) -> Iterator[list[ImageRow]]:
        low, high = int(self._begins[begin]), int(self._begins[end])
        values = self._frame[low:high].iter_rows()
        for row in range(begin, end):
            count, image_id = int(self._begins[row + 1] - self._begins[row]), self._ids[row]
            yield [_row(image_id, *next(values)) for _ in range(count)]


def _row(image_id: str, *rest: Any) -> ImageRow:
    """A row of the catalog from what `Files` holds of it, in the catalog's order."""
    values = (*rest[:3], image_id, *rest[3:7], None, *rest[7:])
    return ImageRow(*values)


class Texts(Sequence[str]):
    """A column of texts that reads as a list of them."""

    def __init__(self, series: pl.Series) -> None:
        self.series = series

    def __len__(self) -> int:
        return len(self.series)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Texts: ...
    def __getitem__(self, row: int | slice) -> str | Texts:
        if isinstance(row, slice):
            return Texts(self.series[row])
        return str(self.series[int(row)])

    def __iter__(self) -> Iterator[str]:
        for begin in range(0, len(self.series), _AT_ONCE):
            yield from self.series[begin : begin + _AT_ONCE].to_list()


class PathIndex(Mapping[str, int]):
    """Path → row of its image, by sorted hashes: twelve bytes a path beside the paths.

    Args:
        paths: of all files, distinct.
        rows: (files,) of the image that each holds.
    """

    def __init__(self, paths: pl.Series, rows: np.ndarray) -> None:
        self._paths, self._rows = paths, rows

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The hashes, rising, and the file that each is of."""
        hashes = self._paths.hash().to_numpy()
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return hashes[order], order

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(Texts(self._paths))

    def __getitem__(self, path: str) -> int:
        hashes, order = self._sorted
        wanted = pl.Series([path], dtype=pl.String).hash().to_numpy()[0]
        place = int(np.searchsorted(hashes, wanted))
        while place < len(hashes) and hashes[place] == wanted:
            if self._paths[int(order[place])] == path:
                return int(self._rows[order[place]])
            place += 1
        raise KeyError(path)

    def items(self) -> ItemsView[str, int]:
        return _Items(self)


class _Items(ItemsView[str, int]):
    """In one pass, without a search for each."""

    _mapping: PathIndex

    def __iter__(self) -> Iterator[tuple[str, int]]:
        yield from zip(self._mapping, self._mapping._rows.tolist(), strict=True)


@dataclass(frozen=True, eq=False)
class Columns:
    """The images of a catalog that have a vector, in the order of their first files.

    Attributes:
        ids: (N,) of the images.
        files: (N,) the catalog rows of each.
        rows: id → row.
        places: (N,) int64 the row of each vector in the store.
        lacking: files that could be read and have no vector yet.
    """

    ids: IdColumn
    files: Files
    rows: IdIndex
    places: np.ndarray
    lacking: int


def columns_of(catalog: pl.DataFrame, store: VectorStore, most: int = 0) -> Columns:
    """The images of a catalog, ordered as it is, that have a vector in ``store``.

    Args:
        most: see `Files`.
    """
    usable = catalog.filter(pl.col("id").is_not_null() & pl.col("problem").is_null())
    good, raw = series_as_bytes(usable["id"])
    rows = store.find(raw)
    has = np.zeros(len(usable), dtype=bool)
    has[np.flatnonzero(good)[rows >= 0]] = True
    frame = usable.filter(pl.Series(has)).drop(_LEFT_OUT)
    raw, places = raw[rows >= 0], rows[rows >= 0]
    lacking = len(usable) - len(frame)
    _, first, image = np.unique(places, return_index=True, return_inverse=True)
    begins = np.arange(len(places) + 1)
    if len(first) < len(places):  # several files hold the same bytes
        rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")[image]
        order = np.argsort(rank, kind="stable")
        frame = frame[order.tolist()]
        begins = np.append(np.searchsorted(rank[order], np.arange(len(first))), len(places))
        raw, places = raw[np.sort(first)], places[np.sort(first)]
    ids = IdColumn(np.ascontiguousarray(raw))
    return Columns(
        ids, Files(frame, ids, begins, most), IdIndex(ids.raw), places.astype(np.int64), lacking
    )


assert tuple(SCHEMA)[:4] == ("path", "size", "mtime_ns", "id")
assert tuple(SCHEMA)[8] == "problem"
