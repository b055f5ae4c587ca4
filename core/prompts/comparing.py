"""Two versions of the prompts: the images whose class flips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
        renamed: class of the first version → its name in the second, where only the name differs.
    """

    flips: list[Flip]
    changed: int
    renamed: Mapping[str, str]


def compare_versions(
    before: np.ndarray,
    after: np.ndarray,
    sure: Callable[[np.ndarray], np.ndarray],
    names_before: Sequence[str],
    names_after: Sequence[str],
    renamed: Mapping[str, str] | None = None,
) -> VersionComparison:
    """Compare what two versions take the same images for.

    Args:
        before, after: (N,) the class of each image, by its number among the names.
        sure: from rows (n,) to the second version's probability (n,) of their class.
        renamed: see `VersionComparison`; an image that stays in such a class does not flip.
    """
    renamed = renamed or {}
    first = np.array([renamed.get(name, name) for name in names_before], dtype=object)
    second = np.array(names_after, dtype=object)
    moved = np.flatnonzero(first[before] != second[after])
    groups: dict[tuple[int, int], list[int]] = {}
    for row in moved[np.argsort(-sure(moved), kind="stable")].tolist():
        groups.setdefault((int(before[row]), int(after[row])), []).append(row)
    flips = [
        Flip(names_before[a], names_after[b], np.array(rows)) for (a, b), rows in groups.items()
    ]
    flips.sort(key=lambda flip: -len(flip.rows))
    return VersionComparison(flips, len(moved), renamed)


def renamed_classes(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Class of one version → its name in another, where a name is new and its prompts are not.

    Args:
        before, after: class → prompts.
    """
    gone = {tuple(texts): name for name, texts in before.items() if name not in after}
    come = {tuple(texts): name for name, texts in after.items() if name not in before}
    return {name: come[texts] for texts, name in gone.items() if texts in come}
