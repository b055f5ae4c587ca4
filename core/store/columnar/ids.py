"""Image ids as columns: sixteen bytes each, found in a sorted index, text only when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np
import polars as pl

WIDTH = 16
"""Bytes of an id; written as twice as many hex digits."""
_DIGITS = re.compile(f"[0-9a-f]{{{2 * WIDTH}}}")
_AT_ONCE = 65_536
_ODD = np.uint64(0x9E3779B97F4A7C15)


def as_bytes(ids: Iterable[str]) -> np.ndarray:
    """Ids as (N, 16) uint8; ValueError where one is none."""
    if isinstance(ids, IdColumn):
        return ids.raw
    return np.frombuffer(bytes.fromhex("".join(ids)), dtype=np.uint8).reshape(-1, WIDTH)


def series_as_bytes(ids: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Which of a column of texts (N,) are ids, (N,) bool, and those ids, (n, 16) uint8."""
    good = ids.str.contains(f"^{_DIGITS.pattern}$").fill_null(False).to_numpy()
    text = ids.filter(pl.Series(good)).str.join("").item() if good.any() else ""
    return good, np.frombuffer(bytes.fromhex(text), dtype=np.uint8).reshape(-1, WIDTH)


class IdColumn(Sequence[str]):
    """Ids that read as a list of texts and lie as (N, 16) uint8 in ``raw``."""

    def __init__(self, raw: np.ndarray) -> None:
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> IdColumn: ...
    def __getitem__(self, row: int | slice) -> str | IdColumn:
        if isinstance(row, slice):
            return IdColumn(self.raw[row])
        return bytes(self.raw[row]).hex()

    def __iter__(self) -> Iterator[str]:
        for begin in range(0, len(self.raw), _AT_ONCE):
            text = self.raw[begin : begin + _AT_ONCE].tobytes().hex()
            yield from (text[at : at + 2 * WIDTH] for at in range(0, len(text), 2 * WIDTH))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, IdColumn):
            return np.array_equal(self.raw, other.raw)
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class IdIndex(Mapping[str, int]):
    """Id → row. Of several rows of one id the last counts.

    Takes 12 bytes an id beside the ids themselves.

    Args:
        raw: (N, 16) uint8.
        valid: (N,) bool, rows that count; None for all.
    """

    def __init__(self, raw: np.ndarray, valid: np.ndarray | None = None) -> None:
        self._raw, self._words = raw, np.ascontiguousarray(raw).view(np.uint64)
        keys = _keys(self._words)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        if valid is not None:
            order = order[valid[order]]
        self._order, self._keys = order, keys[order]
        self._twice = self._replaced()
        if len(self._twice):
            last = ~np.isin(self._order, self._twice)
            self._order, self._keys = self._order[last], self._keys[last]

    def _replaced(self) -> np.ndarray:
        """Rows whose id comes again in a later row."""
        same = np.flatnonzero(self._keys[1:] == self._keys[:-1])
        if not len(same):
            return np.zeros(0, np.int32)
        rows = np.unique(self._order[np.union1d(same, same + 1)])  # few: two of 64 bits are alike
        last: dict[bytes, int] = {bytes(self._raw[row]): int(row) for row in rows}
        return np.array([row for row in rows if last[bytes(self._raw[row])] != row], np.int32)

    @property
    def rows(self) -> np.ndarray:
        """(n,) the rows that count, rising."""
        return np.sort(self._order)

    def find(self, raw: np.ndarray) -> np.ndarray:
        """(M,) int64 row of each of M ids (M, 16) uint8; -1 for one that is not there."""
        if not len(self._order):
            return np.full(len(raw), -1, dtype=np.int64)
        words = np.ascontiguousarray(raw).view(np.uint64)
        keys = _keys(words)
        place = np.searchsorted(self._keys, keys)
        result = np.full(len(raw), -1, dtype=np.int64)
        left = np.flatnonzero(place < len(self._keys))
        while len(left):  # once, unless the keys of two ids are alike
            at = place[left]
            alike = self._keys[at] == keys[left]
            left, rows = left[alike], self._order[at[alike]]
            right = (self._words[rows] == words[left]).all(axis=1)
            result[left[right]] = rows[right]
            left = left[~right]
            place[left] += 1
            left = left[place[left] < len(self._keys)]
        return result

    def all_of(self, ids: Iterable[str]) -> np.ndarray:
        """Rows (n,) int64 of ids, in their order, without those that are not there."""
        wanted = [image_id for image_id in ids if _DIGITS.fullmatch(image_id)]
        rows = self.find(as_bytes(wanted))
        return rows[rows >= 0]

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[str]:
        return iter(IdColumn(self._raw[self.rows]))

    def __contains__(self, image_id: object) -> bool:
        return isinstance(image_id, str) and self._row(image_id) >= 0

    def __getitem__(self, image_id: str) -> int:
        row = self._row(image_id)
        if row < 0:
            raise KeyError(image_id)
        return row

    def _row(self, image_id: str) -> int:
        if not _DIGITS.fullmatch(image_id):
            return -1
        raw = np.frombuffer(bytes.fromhex(image_id), dtype=np.uint8).reshape(1, WIDTH)
        return int(self.find(raw)[0])


def _keys(words: np.ndarray) -> np.ndarray:
    """(N,) uint64 of ids (N, 2) uint64: hardly two are alike, whatever parts ids share."""
    mixed: np.ndarray = words[:, 0] ^ (words[:, 1] * _ODD)
    return mixed
