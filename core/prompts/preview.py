"""What a class would take: its surest images and those on its border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassPreview:
    """Rows of the pool for one class, best first."""

    count: int
    top: np.ndarray
    uncertain: np.ndarray


def preview(probabilities: np.ndarray, size: int) -> list[ClassPreview]:
    """For each class the ``size`` surest images and the ``size`` least certain.

    Args:
        probabilities: (N, K), rows sum to one.
        size: images a strip.

    Returns:
        K previews. ``top`` holds the highest probabilities among the images that the class takes,
        filled up with near misses when it takes fewer; ``uncertain`` the smallest distance to the
        best other class, from either side of the border, never an image that is in ``top``.
    """
    count, classes = probabilities.shape
    taken = probabilities.argmax(axis=1) if count else np.zeros(0, dtype=int)
    result = []
    for k in range(classes):
        mine = probabilities[:, k]
        others = np.delete(probabilities, k, axis=1).max(axis=1, initial=0.0)
        top = np.argsort(-mine, kind="stable")[:size]
        border = np.argsort(np.abs(mine - others), kind="stable")
        # An image that is clearly something else has p = 0 for k and sits far from this border.
        near = border[~np.isin(border, top)][:size]
        result.append(ClassPreview(int((taken == k).sum()), top, near))
    return result
