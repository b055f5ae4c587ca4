"""What an engine finishes in any order, laid into parts in the order of the listing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
import polars as pl

from core.embedding.engines.base import Finished
from core.encoders.base import NO_VECTOR
from core.images.scan import FoundFile
from core.services.sorter.parts import Parts
from core.services.sorter.scoring import Scored, Scorer, as_stored
from core.store.catalog import ImageRow

Reading = Callable[[Sequence[str]], np.ndarray]
"""From relative paths to vectors (n, D) of what those files say, zeros for nothing."""
_COPIED = ("path", "size", "id", "width", "height", "format", "problem", "phash")
_SCHEMA: dict[str, type[pl.DataType]] = {
    "path": pl.String,
    "size": pl.Int64,
    "id": pl.String,
    "width": pl.Int32,
    "height": pl.Int32,
    "format": pl.String,
    "problem": pl.String,
    "phash": pl.Binary,
}


@dataclass
class _Open:
    """A part that is not whole yet: rows by place, their vectors, and how many are missing."""

    rows: list[ImageRow | None]
    vectors: np.ndarray
    missing: int


class Collector:
    """Fills the parts that are missing. Used by one thread.

    Args:
        files: all files, rising by path.
        dim: length of a vector.
        vectors: keep vectors with the rows.
        reading: vectors of what files say, by their paths, see `Scorer.score`; None: nobody speaks.

    Attributes:
        missing: numbers of the parts that are to be made, rising.
        handled: files that are laid into parts; rejected: those of no use among them.
    """

    def __init__(
        self,
        files: Sequence[FoundFile],
        parts: Parts,
        scorer: Scorer,
        dim: int,
        vectors: bool,
        reading: Reading | None = None,
    ) -> None:
        self.missing = parts.missing()
        self.handled = 0
        self.rejected = 0
        self._files = files
        self._parts = parts
        self._scorer = scorer
        self._dim = dim
        self._vectors = vectors
        self._reading = reading
        self._open: dict[int, _Open] = {}

    def add(self, finished: Finished) -> None:
        """Take something from the engine; parts that it makes whole are scored and written.

        Raises:
            StorageError: the disk is full or cannot be written.
        """
        places = {image_id: place for place, image_id in enumerate(finished.ids)}
        for row in finished.rows:
            vector = None
            if row.id in places and finished.vectors is not None:
                vector = finished.vectors[places[row.id]]
            self._lay(row, vector)

    def _lay(self, row: ImageRow, vector: np.ndarray | None) -> None:
        row = judged(row, vector)
        number, place = divmod(
            bisect_left(self._files, row.path, key=attrgetter("path")), self._parts.size
        )
        part = self._open.get(number)
        if part is None:
            count = self._parts.rows(number)
            part = _Open([None] * count, np.zeros((count, self._dim), np.float16), count)
            self._open[number] = part
        part.rows[place] = row
        if row.problem is None and vector is not None:
            part.vectors[place] = as_stored(vector)
        part.missing -= 1
        self.handled += 1
        self.rejected += row.problem is not None
        if not part.missing:
            del self._open[number]
            rows = [row for row in part.rows if row is not None]
            texts = self._reading([row.path for row in rows]) if self._reading else None
            frame = frame_of(rows, part.vectors, self._scorer, self._vectors, texts)
            self._parts.write(number, frame)


def judged(row: ImageRow, vector: np.ndarray | None) -> ImageRow:
    """The row of a file; one without a usable vector is of no use."""
    if row.problem is None and (vector is None or not np.isfinite(vector).all()):
        return replace(row, problem=NO_VECTOR)
    return row


def frame_of(
    rows: Sequence[ImageRow],
    vectors: np.ndarray,
    scorer: Scorer,
    keep: bool = False,
    texts: np.ndarray | None = None,
) -> pl.DataFrame:
    """A part as a table: one row a file, those of no use among them, with a ``problem``.

    Columns: path, size (bytes), id, width, height, format, problem, phash; of the others ``class``
    (Int32, index), ``probability``, ``p0`` … one a class, ``set`` (Int32 indices; null where
    nothing was promised), ``t0`` and ``t0_band`` … two a tag, and ``vector`` (float16 as bytes),
    which mean nothing in rows with a problem.

    Args:
        rows: (n,) files; vectors: (n, D) float16 of those that can be used.
        keep: with the vectors.
        texts: (n, D) vectors of what they say, see `Scorer.score`.
    """
    usable = np.array([row.problem is None for row in rows], dtype=bool)
    scored = scorer.score(vectors[usable], None if texts is None else texts[usable])
    columns = {name: [getattr(row, name) for row in rows] for name in _COPIED}
    frame = pl.DataFrame(columns, schema=_SCHEMA)
    more = [
        _spread("class", scored.assigned.astype(np.int32), usable),
        _spread("probability", scored.probability, usable),
    ]
    more += [
        _spread(f"p{number}", column, usable)
        for number, column in enumerate(scored.probabilities.T)
    ]
    more.append(_sets(scored, usable))
    for number, tag in enumerate(scored.tags.values()):
        more.append(_spread(f"t{number}", tag.confidence, usable))
        more.append(_spread(f"t{number}_band", tag.bands, usable))
    if keep:
        more.append(pl.Series("vector", [row.tobytes() for row in vectors], dtype=pl.Binary))
    return frame.with_columns(more)


def _spread(name: str, values: np.ndarray, usable: np.ndarray) -> pl.Series:
    """Values of the usable rows as a column of all of them."""
    whole = np.zeros(len(usable), values.dtype)
    whole[usable] = values
    return pl.Series(name, whole)


def _sets(scored: Scored, usable: np.ndarray) -> pl.Series:
    sets: list[list[int] | None] = [None] * len(usable)
    if scored.inside is not None:
        for place, inside in zip(np.flatnonzero(usable).tolist(), scored.inside, strict=True):
            sets[place] = np.flatnonzero(inside).tolist()
    return pl.Series("set", sets, dtype=pl.List(pl.Int32))
