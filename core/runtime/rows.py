"""Rows of arrays on disk, read as float32 when they are asked for, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

BLOCK = 8_192
"""Rows that are in memory at once."""


class StoredRows:
    """Stands for an (N, D) float32 array that is never in memory as a whole.

    Indexing by numbers, slices and masks gives float32 arrays as the array itself would; ``@`` goes
    through it a block at a time. Who makes an array of it (`numpy.asarray`) gets the whole copy.

    Args:
        shards: (n, D) float16 arrays, memory-mapped as a rule, their rows numbered on.
        places: (N,) the row of each row of this among all shards.
        part: which of the D numbers are meant; all by default.
        unit: whether rows are scaled to length one, as those of a part need it.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(
        self,
        shards: Sequence[np.ndarray],
        places: np.ndarray,
        part: slice = slice(None),
        unit: bool = False,
    ) -> None:
        self._shards, self._places = shards, places
        self._part, self._unit = part, unit
        self._begins = np.cumsum([0, *map(len, shards)])
        whole = shards[0].shape[1] if shards else 1
        self.shape = (len(places), len(range(*part.indices(whole))))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Rows (n, D) float32, or one (D,) of a single number; a copy."""
        if isinstance(rows, int | np.integer):
            return self._read(self._places[rows : rows + 1 or None])[0]
        return self._read(self._places[rows])

    def __matmul__(self, other: np.ndarray) -> np.ndarray:
        """(N, M) float32 products with (D, M), or (N,) with (D,)."""
        result = np.empty((len(self), *other.shape[1:]), dtype=np.float32)
        for start, block in self.numbered():
            np.matmul(block, other, out=result[start : start + len(block)])
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = np.empty(self.shape, dtype=np.float32)
        for start, block in self.numbered():
            whole[start : start + len(block)] = block
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def numbered(self, rows: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """All rows in order, so many at a time, each block with the number of its first row."""
        rows = rows or BLOCK
        for start in range(0, len(self), rows):
            yield start, self._read(self._places[start : start + rows])

    def mean(self, axis: int = 0, dtype: Any = np.float64) -> np.ndarray:
        """(D,) mean of all rows."""
        if axis != 0:
            raise ValueError("only the mean of all rows is worked out a block at a time")
        total = np.zeros(self.shape[1])
        for _, block in self.numbered():
            total += block.sum(axis=0, dtype=np.float64)
        return (total / max(len(self), 1)).astype(dtype)

    def only(self, rows: np.ndarray) -> StoredRows:
        """Some of the rows, by numbers or a mask, still on disk."""
        return StoredRows(self._shards, self._places[rows], self._part, self._unit)

    def _read(self, places: np.ndarray) -> np.ndarray:
        """Rows at some places among all shards."""
        result = np.empty((len(places), self.shape[1]), dtype=np.float32)
        if len(places):
            low, high = int(places.min()), int(places.max())
            first = int(np.searchsorted(self._begins, low, side="right")) - 1
            last = int(np.searchsorted(self._begins, high, side="right")) - 1
            if first == last:
                _copy(self._shards[first][:, self._part], places - self._begins[first], result)
            else:
                self._gather(places, first, last, result)
        if self._unit:
            result /= np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)
        return result

    def _gather(self, places: np.ndarray, first: int, last: int, result: np.ndarray) -> None:
        """Rows of several shards, each where it belongs."""
        for shard in range(first, last + 1):
            begin, end = self._begins[shard], self._begins[shard + 1]
            inside = np.flatnonzero((places >= begin) & (places < end))
            if not len(inside):
                continue
            source, rows = self._shards[shard][:, self._part], places[inside] - begin
            if inside[-1] - inside[0] == len(inside) - 1:  # as a rule: files lie as paths do
                _copy(source, rows, result[inside[0] : inside[-1] + 1])
            else:
                result[inside] = source[rows]


def _copy(source: np.ndarray, rows: np.ndarray, result: np.ndarray) -> None:
    """Write rows of ``source`` into ``result``; those that follow one another without a copy."""
    begin, count = int(rows[0]), len(rows)
    follows = int(rows[-1]) - begin == count - 1 and bool((np.diff(rows) == 1).all())
    taken = source[begin : begin + count] if follows else source[rows]
    np.copyto(result, taken)


def rows_of(vectors: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, or of `StoredRows`, of which they stay on disk."""
    return vectors.only(rows) if isinstance(vectors, StoredRows) else vectors[rows]


def mean_of(vectors: Any, rows: np.ndarray) -> np.ndarray:
    """(D,) mean of some rows of an array, or of `StoredRows` a block at a time."""
    if isinstance(vectors, StoredRows):
        return vectors.only(rows).mean(axis=0, dtype=np.float32)
    mean: np.ndarray = vectors[rows].mean(axis=0)
    return mean


def is_stored(vectors: Any) -> bool:
    """Whether vectors are `StoredRows` and not an array in memory."""
    return isinstance(vectors, StoredRows)
