"""What the Tags page shows of scored tags: histograms, border strips, coverage, co-occurrence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from core.services.tags.tagged import TagColumn, Tagged
from core.tags.scores import ACCEPTED, BANDS

Border = Literal["accept", "reject"]
HISTOGRAM_BINS = 80
_RANGE = 4.0  # standard deviations; what lies beyond is counted in the outermost bins


@dataclass(frozen=True, eq=False)
class Histogram:
    """How a tag's logits lie, and where its bands begin.

    Attributes:
        edges, counts: (B + 1,) and (B,) of all logits; the outermost bins take what is beyond.
        centre, scale: of the confidence.
        accept, reject: the logits where the bands begin, from the prompts' confidence.
    """

    edges: np.ndarray
    counts: np.ndarray
    centre: float
    scale: float
    accept: float
    reject: float


@dataclass(frozen=True, eq=False)
class Strips:
    """Rows of the pool beside a border, the nearest first; ``above`` is the more confident side."""

    above: np.ndarray
    below: np.ndarray


def histogram(column: TagColumn, bins: int = HISTOGRAM_BINS) -> Histogram | None:
    """A tag's histogram; None for a rule, which has no logits."""
    calibration = column.calibration
    if column.logits is None or calibration is None:
        return None
    edges = np.linspace(-_RANGE, _RANGE, bins + 1)
    counts, _ = np.histogram(np.clip(column.logits, -_RANGE, _RANGE), edges)
    return Histogram(
        edges,
        counts,
        calibration.centre,
        calibration.scale,
        calibration.logit_of(calibration.accept),
        calibration.logit_of(calibration.reject),
    )


def strips(tagged: Tagged, code: str, border: Border, size: int) -> Strips:
    """Images that nobody has answered, just above and just below one border of a tag's bands."""
    column = tagged[code]
    if column.calibration is None:
        edge = column.bands >= (2 if border == "accept" else 1)
        above = edge
    else:
        calibration = column.calibration
        above = (
            column.confidence >= calibration.accept
            if border == "accept"
            else column.confidence > calibration.reject
        )
    free = column.human < 0
    order = np.argsort(column.confidence, kind="stable")
    high, low = order[(above & free)[order]], order[(~above & free)[order]]
    return Strips(high[:size], low[::-1][:size])


def ranking(tagged: Tagged, code: str, size: int) -> np.ndarray:
    """Rows of the ``size`` most confident images, best first, people's answers included."""
    return np.argsort(-tagged[code].confidence, kind="stable")[:size]


def coverage(tagged: Tagged) -> pl.DataFrame:
    """One row a tag: code, accepted, tentative, rejected, share, centre, scale, yes, no, source."""
    rows = []
    for code, column in tagged.columns.items():
        counts, calibration = column.counts(), column.calibration
        rows.append(
            {
                "code": code,
                **counts,
                "share": counts["accepted"] / len(tagged.pool),
                "centre": calibration.centre if calibration else None,
                "scale": calibration.scale if calibration else None,
                "yes": int((column.human == 1).sum()),
                "no": int((column.human == 0).sum()),
                "source": column.source,
            }
        )
    schema: dict[str, type[pl.DataType]] = {"code": pl.String}
    schema |= dict.fromkeys(BANDS[::-1], pl.Int64)
    schema |= dict.fromkeys(("share", "centre", "scale"), pl.Float64)
    schema |= {"yes": pl.Int64, "no": pl.Int64, "source": pl.String}
    return pl.DataFrame(rows, schema=schema)


def untagged(tagged: Tagged) -> np.ndarray:
    """Rows of the images that no tag of the vocabulary was accepted for."""
    accepted = np.zeros(len(tagged.pool), dtype=bool)
    for column in tagged.columns.values():
        accepted |= column.bands == ACCEPTED
    return np.flatnonzero(~accepted)


def cooccurrence(tagged: Tagged) -> np.ndarray:
    """(K, K) int64: images accepted for both tags; on the diagonal those accepted for one."""
    if not tagged.columns:
        return np.zeros((0, 0), dtype=np.int64)
    accepted = np.stack([column.bands == ACCEPTED for column in tagged.columns.values()])
    # Doubles count exactly up to 2⁵³, and their product is a fast one.
    wide = accepted.astype(np.float64)
    return (wide @ wide.T).astype(np.int64)
