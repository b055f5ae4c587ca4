"""Two versions of the prompts: the images whose class flips, and which version labels favour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Flip:
    """Images that go from one class to another; rows of the pool, the clearest first."""

    before: str
    after: str
    rows: np.ndarray


@dataclass(frozen=True)
class VersionComparison:
    """What changes between two versions.

    Attributes:
        flips: groups of images, the largest first.
        changed: images that flip.
        labeled: labeled images whose class both versions have.
        right_before, right_after: of those, the images that each version gets right.
    """

    flips: list[Flip]
    changed: int
    labeled: int
    right_before: int
    right_after: int


def compare_versions(
    before: np.ndarray,
    after: np.ndarray,
    names_before: list[str],
    names_after: list[str],
    human: list[str | None],
) -> VersionComparison:
    """Compare zero-shot probabilities (N, K) and (N, L) of two versions on the same images.

    Args:
        human: (N,) the class that people gave, None for none.
    """
    first = np.array(names_before, dtype=object)[before.argmax(axis=1)]
    second = np.array(names_after, dtype=object)[after.argmax(axis=1)]
    moved = np.flatnonzero(first != second)
    sure = after[moved].max(axis=1)
    groups: dict[tuple[str, str], list[int]] = {}
    for row in moved[np.argsort(-sure, kind="stable")].tolist():
        groups.setdefault((first[row], second[row]), []).append(row)
    flips = [Flip(a, b, np.array(rows)) for (a, b), rows in groups.items()]
    flips.sort(key=lambda flip: -len(flip.rows))
    both = set(names_before) & set(names_after)
    labeled = [row for row, name in enumerate(human) if name is not None and name in both]
    return VersionComparison(
        flips,
        len(moved),
        len(labeled),
        sum(first[row] == human[row] for row in labeled),
        sum(second[row] == human[row] for row in labeled),
    )
