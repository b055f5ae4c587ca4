"""How much better pairs are matched after tuning than before, and how sure that is.

Both are judged by the same queries, and queries of one group hang together, so whole groups are
drawn anew for the intervals (cluster bootstrap: Davison and Hinkley, 1997), the same ones for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.tuning.pairs import Pairs
from core.learn.tuning.ranks import MEASURES, outcomes

DIRECTIONS = ("text_to_image", "image_to_text")
_DRAWS = 2_000
_CELLS_AT_ONCE = 4_000_000
_MRR = MEASURES.index("mrr")


@dataclass(frozen=True)
class Measure:
    """A mean with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """The three by name."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, eq=False)
class Direction:
    """One kind of query before and after, each measure by its name in `MEASURES`.

    Attributes:
        queries, candidates: how many there are.
        delta: of the same queries, after less before.
        gain: (Q,) float64, how much the reciprocal rank of each query rose.
        floor: what the mean of that exceeds with 99.5 % confidence.
    """

    queries: int
    candidates: int
    baseline: dict[str, Measure]
    tuned: dict[str, Measure]
    delta: dict[str, Measure]
    gain: np.ndarray
    floor: float


Gains = dict[str, Direction]
"""Both `DIRECTIONS`."""


def compare(before: Pairs, after: Pairs, seed: int = 0) -> Gains:
    """Judge both directions.

    Args:
        before, after: the same pairs with the vectors of before and after; images centred where
            the encoder asks for it.
    """
    return compare_outcomes(before, outcomes_of(before), outcomes_of(after), seed)


def outcomes_of(pairs: Pairs) -> dict[str, np.ndarray]:
    """What `core.learn.tuning.ranks.outcomes` says of both `DIRECTIONS`."""
    return {
        DIRECTIONS[0]: outcomes(pairs.texts, pairs.images, pairs.text, pairs.image),
        DIRECTIONS[1]: outcomes(pairs.images, pairs.texts, pairs.image, pairs.text),
    }


def compare_outcomes(
    pairs: Pairs, before: dict[str, np.ndarray], after: dict[str, np.ndarray], seed: int = 0
) -> Gains:
    """Judge both directions by what became of the queries of ``pairs``, as `outcomes_of` has it."""
    groups_of = {
        DIRECTIONS[0]: _first(pairs.text, pairs.group, len(pairs.texts)),
        DIRECTIONS[1]: _first(pairs.image, pairs.group, len(pairs.images)),
    }
    counts = dict(zip(DIRECTIONS, (len(pairs.images), len(pairs.texts)), strict=True))
    return {
        name: _direction(before[name], after[name], groups_of[name], counts[name], seed)
        for name in DIRECTIONS
    }


def gained(gains: Gains) -> bool:
    """Whether the MRR of both directions rose for sure.

    Their 95 % intervals must lie above zero, and the 99 % ones too: a refusal costs nothing, while
    pairs without meaning may gain a little, from words that go with more pictures than others.
    """
    return all(direction.floor > 0.0 for direction in gains.values())


def as_json(gains: Gains) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Baseline, tuned and delta, each with its directions and their measures."""
    return {
        part: {
            name: {key: measure.as_json() for key, measure in getattr(direction, part).items()}
            for name, direction in gains.items()
        }
        for part in ("baseline", "tuned", "delta")
    }


def _first(rows: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """The group (count,) of each image or text from that of its pairs."""
    result = np.zeros(count, dtype=np.int64)
    result[rows] = group
    return np.unique(result, return_inverse=True)[1]


def _direction(
    before: np.ndarray, after: np.ndarray, group: np.ndarray, candidates: int, seed: int
) -> Direction:
    columns = np.hstack([before, after, after - before])
    values, low, high, lowest = _means(columns, group, seed)
    parts = []
    for start in range(0, columns.shape[1], len(MEASURES)):
        numbers = zip(MEASURES, range(start, start + len(MEASURES)), strict=True)
        parts.append(
            {name: Measure(float(values[n]), float(low[n]), float(high[n])) for name, n in numbers}
        )
    gain = (after - before)[:, _MRR]
    return Direction(
        len(before),
        candidates,
        parts[0],
        parts[1],
        parts[2],
        gain,
        float(lowest[_MRR - len(MEASURES)]),
    )


def _means(columns: np.ndarray, group: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Means of columns (Q, C), both ends of their intervals, the lower of 99 % ones; (C,) each."""
    count = int(group.max()) + 1
    sums = np.zeros((count, columns.shape[1]))
    np.add.at(sums, group, columns)
    sizes = np.bincount(group, minlength=count).astype(np.float64)
    random, draws = np.random.default_rng(seed), []
    step = max(1, _CELLS_AT_ONCE // count)
    for start in range(0, _DRAWS, step):
        times = random.multinomial(
            count, np.full(count, 1 / count), size=min(step, _DRAWS - start)
        ).astype(np.float64)
        draws.append((times @ sums) / (times @ sizes)[:, None])
    ends = np.quantile(np.concatenate(draws), [0.025, 0.975, 0.005], axis=0)
    return columns.mean(axis=0), *ends
