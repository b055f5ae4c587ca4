"""The last stage on the cluster: a part of the listing is scored and written, whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from core.embedding.engines.cluster import tables
from core.embedding.engines.cluster.connecting import Cluster
from core.services.sorter.cluster import parts
from core.services.sorter.cluster.placing import Place
from core.services.sorter.collecting import frame_of, judged
from core.services.sorter.results import table_of
from core.services.sorter.scoring import Scorer, as_stored
from core.sorter.sorter import Sorter


@dataclass(frozen=True)
class Task:
    """What is to be done with the parts.

    Attributes:
        place: where they are written.
        files: of all parts; size: of each but the last.
        review_below: predictions less probable than this are for review.
    """

    sorter: Sorter
    place: Place
    files: int
    size: int
    review_below: float | None = None


def scored(encoded: Any, task: Task, cluster: Cluster) -> Any:
    """The dataset of the counts of parts (``part``, ``counts``), which are written on the way.

    Args:
        encoded: dataset of rows with vectors, in the order of the listing.
    """
    import ray.data

    return encoded.map_batches(
        Scoring,
        batch_size=task.size,
        batch_format="pyarrow",
        fn_constructor_kwargs={"task": task},
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=cluster.encoders),
        num_cpus=0,  # a few thousandths of the work: it must not take a place from the others
    )


class Scoring:
    """Scores and writes parts, in a process of its own.

    A part is scored as a whole, as on one machine: products of other numbers of rows may differ in
    the last bit. Written again it has the same bytes, whoever does it.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._scorer = Scorer(task.sorter)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The counts of a part (``part``, ``counts``) in place of its rows and vectors.

        Raises:
            StorageError: the place cannot be written.
        """
        task = self._task
        number = self._number(table)
        frame = self._scored(table)
        good = table_of(frame, task.sorter.names, self._scorer.tags)
        bad = frame.filter(pl.col("problem").is_not_null()).select("path", "problem").rows()
        parts.write_part(task.place, number, good, bad)
        counts = parts.counts_of(number, good, bad, task.review_below)
        return pa.table({"part": [number], "counts": [counts.as_json()]})

    def _number(self, table: pa.Table) -> int:
        """Of the part, all of which must be there."""
        numbers = tables.parts_of(table)
        expected = min(self._task.size, self._task.files - numbers[0] * self._task.size)
        if len(numbers) != 1 or len(table) != expected:
            raise RuntimeError(f"{len(table)} rows of the parts {numbers}, not {expected} of one")
        return numbers[0]

    def _scored(self, table: pa.Table) -> pl.DataFrame:
        vectors = tables.vectors_of(table)
        read = zip(tables.rows_of(table), vectors, strict=True)
        rows = [judged(row, vector) for row, vector in read]
        stored = np.zeros((len(rows), self._task.sorter.head.dim), np.float16)
        for place, (row, vector) in enumerate(zip(rows, vectors, strict=True)):
            if row.problem is None and vector is not None:
                stored[place] = as_stored(vector)
        return frame_of(rows, stored, self._scorer)
