"""How many clusters a collection bears: found by stability, kept in the workspace's cache."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.project.pool import Pool
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
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


def known(project: Project, pool: Pool) -> Choice | None:
    """What was found for these images before, if anything."""
    try:
        content = json.loads(_path(project, pool).read_text("utf-8"))
        scores = {int(k): float(score) for k, score in content["scores"].items()}
        return Choice(int(content["k"]), scores)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # not looked for yet, or damaged: it can be found again


def choose(project: Project, report: Report) -> Choice:
    """Cluster samples of the images again and again and keep the most repeatable number.

    The time does not grow with the collection.

    Raises:
        WinnowError: there are too few images.
        Cancelled: asked to stop.
    """
    from core.learn.groups.clusters import stable_k

    pool = project.pool()
    if (found := known(project, pool)) is not None:
        return found
    if len(pool) < LEAST_IMAGES:
        raise WinnowError(
            f"{len(pool)} images are too few to tell how many clusters they form: it takes "
            f"{LEAST_IMAGES}; choose the number yourself."
        )
    rows = np.sort(np.random.default_rng(0).permutation(len(pool))[:_SAMPLE])
    k, scores = stable_k(
        pool.some(rows),
        CANDIDATES,
        pairs=_PAIRS,
        progress=lambda done, total: report.step("Trying numbers of clusters", done, total),
    )
    content = json.dumps({"k": k, "scores": scores})
    write_atomic(_path(project, pool), content.encode())
    return Choice(k, scores)


def _path(project: Project, pool: Pool) -> Path:
    name = hashlib.blake2b(f"{pool.version}:{CANDIDATES}:{_PAIRS}".encode(), digest_size=12)
    return project.workspace.cache / "clusters" / f"{name.hexdigest()}.json"
