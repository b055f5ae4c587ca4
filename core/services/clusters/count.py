"""How many clusters a collection bears: worked out by stability, kept in the workspace's cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learn.groups.clusters import stable_k
from core.project.derived import digest
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

CANDIDATES = (*range(5, 11), *range(12, 21, 2), *range(24, 41, 4))
"""Numbers that are tried: all small ones, and of the greater ones each that makes a difference."""

LEAST_IMAGES = 3 * CANDIDATES[0]
_SAMPLE = 2_000  # images: more would hardly change what comes out alike
_PAIRS = 6


@dataclass(frozen=True)
class Choice:
    """A number of clusters.

    Attributes:
        k: the largest number whose clusters come out as alike as at the best, or nearly so.
        scores: number tried → how alike (adjusted Rand index: 1 the same, 0 chance).
    """

    k: int
    scores: dict[int, float]


def earlier(snapshot: Snapshot) -> Choice | None:
    """What was worked out for these images before, if anything."""
    return snapshot.derived.recalled(_name(snapshot.pool), _choice)


def choose(snapshot: Snapshot, report: Report) -> Choice:
    """Cluster samples of the images again and again and keep the most repeatable number.

    The time does not grow with the collection.

    Raises:
        WinnowError: there are too few images.
        Cancelled: asked to stop.
    """
    return snapshot.derived.recall(
        _name(snapshot.pool),
        _choice,
        lambda: _tried(snapshot.pool, report),
        lambda choice: {"k": choice.k, "scores": choice.scores},
    )


def _tried(pool: Pool, report: Report) -> Choice:
    if len(pool) < LEAST_IMAGES:
        raise WinnowError(
            f"{len(pool)} images are too few to tell how many clusters they form: it takes "
            f"{LEAST_IMAGES}; choose the number yourself."
        )
    rows = np.sort(np.random.default_rng(0).permutation(len(pool))[:_SAMPLE])
    return Choice(*stable_k(pool.some(rows), CANDIDATES, pairs=_PAIRS, report=report))


def _choice(written: Mapping[str, Any]) -> Choice:
    scores = {int(k): float(score) for k, score in written["scores"].items()}
    return Choice(int(written["k"]), scores)


def _name(pool: Pool) -> str:
    return f"clusters/{digest(pool.version, CANDIDATES, _PAIRS)}.json"
