"""Exact nearest neighbours: every vector is compared, a block at a time.

Vectors come as blocks, (n, D) float32 or float16 arrays whose rows are numbered on from block to
block: one array in memory, or the memory-mapped shards of a store, which are never copied whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

ROWS_AT_ONCE = 4_096
LONGEST = 1.01  # no stored vector is longer: they are of unit norm but for the rounding


@dataclass(frozen=True, eq=False)
class Hits:
    """The best rows, best first; equal scores in the order of their rows.

    Attributes:
        rows: (k,) int64.
        scores: (k,) float32.
    """

    rows: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def best(rows: np.ndarray, scores: np.ndarray, k: int) -> Hits:
    """The ``k`` best of candidates (n,), by score and then by row, whatever their order."""
    if k < len(rows):
        # Whoever equals the k-th score may be in, so that ties are settled by row and not by luck.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= least)
        rows, scores = rows[candidates], scores[candidates]
    order = np.lexsort((rows, -scores))[:k]
    return Hits(rows[order].astype(np.int64), scores[order].astype(np.float32))


def top(
    blocks: Sequence[np.ndarray], query: np.ndarray, k: int, keep: np.ndarray | None = None
) -> Hits:
    """The ``k`` rows of unit norm with the greatest dot product with ``query`` (D,).

    Scores are those of float32 arithmetic for float16 blocks too: half precision only decides
    which rows are worth computing, with a margin that its rounding cannot exceed.

    Args:
        keep: (N,) bool, which rows may be found; all when None.
    """
    query = np.asarray(query, dtype=np.float32)
    hits = Hits(np.zeros(0, np.int64), np.zeros(0, np.float32))
    if k < 1:
        return hits
    for start, block in numbered(blocks):
        inside = None if keep is None else np.flatnonzero(keep[start : start + len(block)])
        if len(block) == 0 or (inside is not None and len(inside) == 0):
            continue
        floor = float(hits.scores[-1]) if len(hits) == k else -np.inf
        more = _of_block(block, query, k, inside, floor)
        hits = best(
            np.concatenate([hits.rows, more.rows + start]),
            np.concatenate([hits.scores, more.scores]),
            k,
        )
    return hits


def top_many(blocks: Sequence[np.ndarray], queries: np.ndarray, k: int) -> np.ndarray:
    """The nearest ``k`` rows (Q, k) int64 of many queries (Q, D), in one pass over the blocks.

    There must be ``k`` rows at least. Ties fall as they may: this serves measurements.
    """
    rows = np.zeros((len(queries), 0), dtype=np.int64)
    scores = np.zeros((len(queries), 0), dtype=np.float32)
    for begin, block in numbered(blocks):
        for start in range(0, len(block), ROWS_AT_ONCE):
            part = block[start : start + ROWS_AT_ONCE].astype(np.float32, copy=False)
            scores = np.concatenate([scores, queries @ part.T], axis=1)
            numbers = np.arange(begin + start, begin + start + len(part))
            rows = np.concatenate([rows, np.broadcast_to(numbers, (len(queries), len(part)))], 1)
            if scores.shape[1] > k:
                nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
                scores = np.take_along_axis(scores, nearest, axis=1)
                rows = np.take_along_axis(rows, nearest, axis=1)
    return rows


def numbered(blocks: Iterable[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    """Each block with the number of its first row."""
    start = 0
    for block in blocks:
        yield start, block
        start += len(block)


def take(blocks: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Vectors (n, D) float32 of some rows."""
    result = np.empty((len(rows), blocks[0].shape[1]), dtype=np.float32)
    for start, block in numbered(blocks):
        inside = (rows >= start) & (rows < start + len(block))
        if inside.any():
            result[inside] = block[rows[inside] - start]
    return result


def products(block: np.ndarray, query: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Dot products (n,) float32 of ``query`` (D,) with all or some rows of a block."""
    count = len(block) if rows is None else len(rows)
    result = np.empty(count, dtype=np.float32)
    for start in range(0, count, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        vectors = block[part] if rows is None else block[rows[part]]
        result[part] = vectors.astype(np.float32, copy=False) @ query
    return result


def _of_block(
    block: np.ndarray, query: np.ndarray, k: int, inside: np.ndarray | None, floor: float
) -> Hits:
    """The ``k`` best of one block that reach ``floor``, rows numbered within the block."""
    # A few rows are converted sooner than PyTorch has looked at all.
    if block.dtype == np.float16 and (inside is None or 8 * len(inside) > len(block)):
        inside = _promising(block, query, k, inside, floor)
    scores = products(block, query, inside)
    return best(np.arange(len(block)) if inside is None else inside, scores, k)


def _promising(
    block: np.ndarray, query: np.ndarray, k: int, inside: np.ndarray | None, floor: float
) -> np.ndarray:
    """Rows of a float16 block among which are its ``k`` best, by a product in half precision.

    PyTorch multiplies float16 at the speed of memory; NumPy converts every number first, which
    takes ten times as long. The product differs from the true one by the rounding of the query and
    of the result (it is summed in single precision), so whoever could be among the best is known.
    """
    import torch

    length = float(np.linalg.norm(query)) or 1.0
    unit = query / length
    half = unit.astype(np.float16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a store's map is read-only; so are we
        matrix = torch.from_numpy(np.asarray(block))
    rough = torch.mv(matrix, torch.from_numpy(half)).numpy().astype(np.float32)
    error = np.float32(np.linalg.norm(unit - half)) * LONGEST + np.abs(rough) * 2.0**-10 + 1e-6
    if inside is not None:
        rough, error = rough[inside], error[inside]
    low = rough - error
    least = np.partition(low, len(low) - k)[len(low) - k] if k < len(low) else -np.inf
    promising = np.flatnonzero(rough + error >= max(least, floor / length))
    return promising if inside is None else inside[promising]
