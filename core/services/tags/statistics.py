"""The similarities of each tag in figures: where they lie, and how the bands share the images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from core.services.tags.tagged import TagColumn, Tagged

_DECIMALS = 6
_SIMILARITIES = ("least", "mean", "most", "spread")
_SHARES = ("accepted", "tentative", "rejected")


@dataclass(frozen=True)
class TagStatistics:
    """One tag over a collection.

    Attributes:
        least, mean, most: of the similarities between its prompts and the images, before any
            calibration; None for a rule, which has none, and without images.
        spread: their standard deviation.
        accepted, tentative, rejected: shares of the images, 0 to 1; None without images.
    """

    least: float | None
    mean: float | None
    most: float | None
    spread: float | None
    accepted: float | None
    tentative: float | None
    rejected: float | None


def statistics(tagged: Tagged) -> dict[str, TagStatistics]:
    """Code → figures of each tag, in the order of the vocabulary."""
    return {code: _of_column(column) for code, column in tagged.columns.items()}


def statistics_table(tagged: Tagged) -> pl.DataFrame:
    """One row a tag: code, label, type, the four figures of its similarities and three shares."""
    rows = statistics(tagged)
    entries = [tagged.tags[code] for code in rows]
    columns: dict[str, pl.Series] = {
        "code": pl.Series(list(rows), dtype=pl.String),
        "label": pl.Series([entry.words for entry in entries], dtype=pl.String),
        "type": pl.Series([getattr(entry, "type", "rule") for entry in entries], dtype=pl.String),
    }
    for name in (*_SIMILARITIES, *_SHARES):
        columns[name] = pl.Series([getattr(row, name) for row in rows.values()], dtype=pl.Float64)
    return pl.DataFrame(columns)


def statistics_json(tagged: Tagged) -> dict[str, dict[str, Any]]:
    """Code → ``similarity`` (None for a rule) and ``shares``, for ``winnow tag --json``."""
    content = {}
    for code, row in statistics(tagged).items():
        figures = asdict(row)
        own = {name: figures[name] for name in _SIMILARITIES}
        content[code] = {
            "similarity": None if row.mean is None else own,
            "shares": {name: figures[name] for name in _SHARES},
        }
    return content


def _of_column(column: TagColumn) -> TagStatistics:
    values = similarities(column)
    figures: list[float | None] = [None] * len(_SIMILARITIES)
    if values is not None and len(values):
        figures = [
            round(float(figure), _DECIMALS)
            for figure in (values.min(), values.mean(), values.max(), values.std())
        ]
    images = len(column.bands)
    counts = column.counts()
    shares = [round(counts[name] / images, _DECIMALS) if images else None for name in _SHARES]
    return TagStatistics(*figures, *shares)


def similarities(column: TagColumn) -> np.ndarray | None:
    """(N,) float64 similarities of a tag, of which the logits were made; None for a rule."""
    if column.logits is None or column.calibration is None:
        return None
    calibration = column.calibration
    return column.logits.astype(np.float64) * calibration.deviation + calibration.mean
