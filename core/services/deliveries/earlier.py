"""Images that came before: with the very content of an earlier delivery's, or nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from core.images.phash import HASH_BYTES
from core.runtime.progress import Report
from core.search.duplicates import near_earlier
from core.services.deliveries.changed import vectors_of
from core.services.deliveries.records import Record, table_of

STEP = "Comparing with earlier deliveries"


@dataclass(frozen=True)
class Before:
    """An image that came before: in which delivery, and under which path there."""

    kind: Literal["exact", "near"]
    delivery: str
    path: str

    @property
    def text(self) -> str:
        """Where it came before, for people."""
        return f"{self.delivery}: {self.path}"


def came_before(
    frame: pl.DataFrame,
    earlier: Sequence[Record],
    folder: Path,
    encoder: str,
    report: Report,
) -> dict[int, Before]:
    """Row → where its image came before, in the first delivery that has it; exact goes first.

    Nearly the same is what `core.search.duplicates` takes for it by hash and vector; vectors of
    another encoder cannot be compared, so of those deliveries only exact copies count.

    Args:
        frame: ``id``, ``phash`` and ``vector`` of images.
        earlier: records in ``folder``; one delivery at a time is held in memory.
        encoder: identity of the encoder.

    Raises:
        WinnowError: images of an earlier delivery cannot be read.
        Cancelled: asked to stop.
    """
    exact: dict[int, Before] = {}
    near: dict[int, Before] = {}
    ids = frame["id"].to_list()
    for number, record in enumerate(sorted(earlier, key=lambda r: (r.received, r.key))):
        report.step(STEP, number, len(earlier))
        theirs = table_of(folder, record, ["path", "id", "phash", "vector"])
        places = dict(zip(theirs["id"], theirs["path"], strict=True))
        for row, image_id in enumerate(ids):
            if image_id in places:
                exact.setdefault(row, Before("exact", record.name, places[image_id]))
        if record.encoder == encoder:
            for row, path in _near(frame, theirs):
                near.setdefault(row, Before("near", record.name, path))
    return near | exact


def _near(frame: pl.DataFrame, theirs: pl.DataFrame) -> list[tuple[int, str]]:
    rows = np.flatnonzero(frame["phash"].is_not_null().to_numpy())
    others = theirs.filter(pl.col("phash").is_not_null())
    if not len(rows) or not len(others):
        return []
    nearest = near_earlier(
        _hashes(frame[rows]), _vectors(frame[rows]), _hashes(others), _vectors(others)
    )
    return [
        (int(row), others["path"][int(other)])
        for row, other in zip(rows, nearest, strict=True)
        if other >= 0
    ]


def _hashes(frame: pl.DataFrame) -> np.ndarray:
    joined = b"".join(frame["phash"].to_list())
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)


def _vectors(frame: pl.DataFrame) -> np.ndarray:
    return vectors_of(frame).astype(np.float32)
