"""The slices that a comparison looks at: folders, sizes and shapes, and columns of one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from core.learn.judging.slices import LEAST
from core.project.pool import Pool
from core.project.snapshot import Snapshot

MOST = 300
"""Slices that are tried: more would cost time, and each takes from what can be parts."""
_LEVELS = 3  # of folders
_SHAPE = 1.15  # from which ratio of the sides a picture counts as upright or wide


@dataclass(frozen=True, eq=False)
class Slice:
    """A part of the images.

    Attributes:
        kind: what it goes by: "folder", "size", "shape", "tag" or the name of a column.
        name: which part it is.
        inside: (n,) bool, of the images that were asked about.
    """

    kind: str
    name: str
    inside: np.ndarray


def slices(
    snapshot: Snapshot, rows: np.ndarray, tags: Mapping[str, np.ndarray] | None = None
) -> list[Slice]:
    """The slices of some rows (n,) of a collection, each with enough images and enough outside.

    Args:
        tags: code → (N,) bool, images that have it.

    Returns:
        `MOST` at most, those with the most images.

    Raises:
        WinnowError: columns that people brought cannot be read.
    """
    pool = snapshot.pool
    sources = [_folders(pool, rows), _sizes(pool, rows), _shapes(pool, rows)]
    sources += [_tags(tags or {}, rows), _columns(snapshot, rows)]
    parts: list[Slice] = []
    seen: set[bytes] = set()
    for part in (part for source in sources for part in source):
        count, mark = int(part.inside.sum()), np.packbits(part.inside).tobytes()
        # Two names for the very same images would say the same twice.
        if LEAST <= count <= len(rows) - LEAST and mark not in seen:
            seen.add(mark)
            parts.append(part)
    parts.sort(key=lambda part: -int(part.inside.sum()))
    return parts[:MOST]


def _folders(pool: Pool, rows: np.ndarray) -> Iterator[Slice]:
    folders = [pool.paths[row].split("/")[:-1] for row in rows.tolist()]
    for level in range(1, _LEVELS + 1):
        above = ["/".join(parts[:level]) if len(parts) >= level else None for parts in folders]
        yield from _values("folder", above)


def _sizes(pool: Pool, rows: np.ndarray) -> Iterator[Slice]:
    pixels = np.array([_pixels(pool, row) for row in rows.tolist()])
    return _thirds("size", pixels, lambda value: f"{value / 1e6:.2g} megapixels")


def _pixels(pool: Pool, row: int) -> float:
    file = pool.files[row][0]
    return float(file.width * file.height) if file.width and file.height else float("nan")


def _shapes(pool: Pool, rows: np.ndarray) -> Iterator[Slice]:
    shapes = []
    for row in rows.tolist():
        file = pool.files[row][0]
        ratio = file.width / file.height if file.width and file.height else None
        shapes.append(
            None if ratio is None
            else "wide" if ratio > _SHAPE
            else "upright" if ratio < 1 / _SHAPE
            else "square"
        )  # fmt: skip
    yield from _values("shape", shapes)


def _tags(tags: Mapping[str, np.ndarray], rows: np.ndarray) -> Iterator[Slice]:
    for code, has in tags.items():
        yield Slice("tag", code, has[rows])
        yield Slice("tag", f"not {code}", ~has[rows])


def _columns(snapshot: Snapshot, rows: np.ndarray) -> Iterator[Slice]:
    """What people brought: values, and thirds of numbers and dates."""
    table = snapshot.metadata
    ids = [snapshot.pool.ids[row] for row in rows.tolist()]
    for name in table.names:
        if table.kinds[name] in ("number", "date"):
            cells = table.series(name, ids)
            numbers = cells.to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()
            written = dict(zip(numbers.tolist(), table.texts(name, ids), strict=True))
            yield from _thirds(name, numbers, written.__getitem__)
        else:
            yield from _values(name, [text or None for text in table.texts(name, ids)])


def _thirds(kind: str, values: np.ndarray, write: Callable[[float], str]) -> Iterator[Slice]:
    """Thirds of the images by a number (n,), NaN for none; ``write`` puts one into words."""
    there = values[~np.isnan(values)]
    if len(there) == 0 or there.min() == there.max():
        return
    low, high = np.quantile(there, [1 / 3, 2 / 3], method="lower").tolist()
    yield Slice(kind, f"up to {write(low)}", values <= low)
    yield Slice(kind, f"{write(low)} to {write(high)}", (values > low) & (values <= high))
    yield Slice(kind, f"over {write(high)}", values > high)


def _values(kind: str, values: Iterable[str | None]) -> Iterator[Slice]:
    listed = np.array(list(values), dtype=object)
    for value, count in Counter(listed.tolist()).most_common(MOST):
        if value is not None and count >= LEAST:
            yield Slice(kind, value, listed == value)
