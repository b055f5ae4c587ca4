"""Whether a new kind of image would show in a delivery of some size: tried on known classes.

One class at a time is left out of the reference and mixed into a delivery drawn from the rest of
it, as a head sees it that does not know the class. A part of the reference is enough, so a real
delivery is compared with more and shows a little more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.sorter import unlike

SHARE = 0.10
"""Of the delivery that is of the class."""
LEAST = 80
"""Images of a delivery; a tenth of fewer is nothing that a test could see."""
_TRIES = 5
_FEWEST_TRIES = 3
_IMAGES = 1_500  # of the reference that take part
_DELIVERY = 3  # at most one in so many of them is of the delivery
_PERMUTATIONS = 100


@dataclass(frozen=True)
class Tried:
    """Of ``tries`` classes ``called_new`` were, as `SHARE` of ``images`` images."""

    images: int
    tries: int
    called_new: int


def tried(
    vectors: np.ndarray,
    probabilities: np.ndarray,
    images: int,
    level: float,
    seed: int = 0,
    looks: slice = slice(None),
) -> Tried | None:
    """Leave classes out one at a time; None where too few have enough images.

    Args:
        vectors: (M, D) float32 of the reference; probabilities: (M, K) of heads that did not see
            them.
        images: of the delivery.
        level: of the test, see `core.sorter.unlike.compare`, which has ``looks`` too.
    """
    chance = np.random.default_rng(seed)
    some = chance.permutation(len(vectors))[:_IMAGES]
    vectors, probabilities = vectors[some], probabilities[some]
    classes = probabilities.argmax(axis=1)
    size = min(images, len(some) // _DELIVERY)
    new = round(SHARE * size)
    counts = np.bincount(classes, minlength=probabilities.shape[1])
    enough = np.flatnonzero((counts >= new) & (len(some) - counts >= 2 * size))
    if size < LEAST or len(enough) < _FEWEST_TRIES:
        return None
    hidden = chance.permutation(enough)[:_TRIES]
    called = [
        _is_called_new(vectors, probabilities, int(k), (size, new), level, chance, looks)
        for k in hidden
    ]
    return Tried(size, len(called), sum(called))


def _is_called_new(
    vectors: np.ndarray,
    probabilities: np.ndarray,
    out: int,
    sizes: tuple[int, int],
    level: float,
    chance: np.random.Generator,
    looks: slice,
) -> bool:
    """Whether class ``out`` is called new; ``sizes``: images of the delivery, and those of it."""
    of_it = probabilities.argmax(axis=1) == out
    size, new = sizes
    rest = chance.permutation(np.flatnonzero(~of_it))
    rows = np.concatenate([rest[: size - new], chance.permutation(np.flatnonzero(of_it))[:new]])
    others = np.delete(probabilities, out, axis=1)
    others = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-30)
    before = rest[size - new :]
    return unlike.compare(
        vectors[before], others[before], vectors[rows], others[rows], level,
        int(chance.integers(2**31)), looks, _PERMUTATIONS,
    ).new  # fmt: skip
