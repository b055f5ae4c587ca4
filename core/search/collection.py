"""The vectors of a collection as something to search: exact below a size, an index above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from core.runtime.progress import Report
from core.search import index as indexes
from core.search.exact import Hits, best, take, top
from core.search.index import Index
from core.store.vectors import VectorStore

EXACT_BELOW = 200_000
"""Images up to which all are compared; beyond, an index answers once it has been built."""

Kind = Literal["exact", "index"]


class Collection:
    """Rows of a pool, found by their vectors.

    Attributes:
        blocks: vectors (n, D), see `core.search.exact`.
        row_of: (rows of all blocks,) int64, row of the pool; -1 where a vector has no image now.
        index: the index at hand, if any.
    """

    def __init__(self, blocks: Sequence[np.ndarray], places: np.ndarray) -> None:
        """Search vectors that may well be memory-mapped files: they are not copied.

        Args:
            blocks: see `core.search.exact`.
            places: (N,) the row of each image of the pool among all blocks.
        """
        self.blocks = blocks
        self.row_of = np.full(sum(map(len, blocks)), -1, dtype=np.int64)
        self.row_of[places] = np.arange(len(places))
        self.index: Index | None = None
        # Rows that have an image now; None for all.
        self._present = self.row_of >= 0 if (self.row_of < 0).any() else None
        self._store: VectorStore | None = None
        self._folder: Path | None = None

    @classmethod
    def of_store(cls, store: VectorStore, ids: Sequence[str], folder: Path) -> Collection:
        """Search in a store's files by an index, where there is one.

        Args:
            ids: of the pool's rows; all must be in the store.
            folder: where the index is kept.
        """
        self = cls(store.blocks(), store.rows_of(ids))
        self._store, self._folder = store, folder
        self.index = indexes.open_newest(folder, self.blocks, store.digest)
        return self

    @property
    def large(self) -> bool:
        """Whether there are so many images that an index pays."""
        return self._store is not None

    @property
    def index_due(self) -> bool:
        """Whether building an index, or a newer one, is worth while."""
        covered = self.index.facts.rows if self.index else 0
        return self.large and len(self.row_of) - covered > indexes.STALE_SHARE * covered

    def build_index(self, queries: Mapping[str, np.ndarray], report: Report) -> None:
        """Build the index of the present vectors and use it from now on.

        Args:
            queries: kind → (Q, D) float32 to tune and measure it by.

        Raises:
            Cancelled: asked to stop; nothing is kept.
            WinnowError: the disk is full or the folder cannot be written.
        """
        assert self._store is not None and self._folder is not None, "only a store has an index"
        digest = self._store.digest(len(self.row_of))
        self.index = indexes.build(self._folder, self.blocks, digest, queries, report)

    def top(
        self, query: np.ndarray, k: int, keep: np.ndarray | None = None, exact: bool = False
    ) -> tuple[Hits, Kind]:
        """The ``k`` rows of the pool with the greatest dot product, and how they were found.

        Args:
            keep: (N,) bool over the pool's rows, which may be found; all when None.
            exact: compare all images also where an index is at hand.
        """
        index = None if exact or k > indexes.MOST_HITS else self.index
        allowed = self._present
        if keep is not None:
            # The last is for rows of -1.
            allowed = np.append(keep, False)[self.row_of]
        count = len(self.row_of) if allowed is None else int(allowed.sum())
        # What a strict filter leaves is compared sooner than the index has found it.
        if index is not None and count >= EXACT_BELOW:
            hits = index.top(query, k, allowed)
            if len(hits) == k:  # else the lists that were read hold too few
                return self._named(hits), "index"
        return self._named(top(self.blocks, query, k, allowed)), "exact"

    def some(self, count: int) -> np.ndarray:
        """Vectors (n, D) float32 of up to ``count`` images, spread evenly."""
        rows = np.flatnonzero(self.row_of >= 0)
        return take(self.blocks, rows[:: max(1, -(-len(rows) // count))])

    def _named(self, hits: Hits) -> Hits:
        # Equal scores in the order of the pool, not in that in which files happened to be embedded.
        return best(self.row_of[hits.rows], hits.scores, len(hits))
