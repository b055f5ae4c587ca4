"""How much of a collection is none of the classes, from images drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import betainc

__all__ = ["NoneShare", "none_share"]

_TAIL = 0.025
_HALVINGS = 50


@dataclass(frozen=True)
class NoneShare:
    """Of all images of the collection, with a 95 % interval; ``answers`` random images say so."""

    value: float
    low: float
    high: float
    answers: int


def none_share(nones: int, answers: int, images: int) -> NoneShare | None:
    """The share of images that are none of the classes.

    The interval is the mid-P form of Clopper and Pearson's (Lancaster 1961; Berry and Armitage
    1995) at the size that drawing without replacement is worth, n (N - 1) / (N - n). Each class of
    a collection of 3,781 photographs (4 % to 25 % of it) is covered in .93 to .98 of samples of 60
    and .94 to .96 of 150 and 300, where the exact one covers in up to .99.

    Args:
        nones: answers "none of these"; answers: all answers, both on images drawn at random;
            images: of the collection.

    Returns:
        None while there is no answer.

    Raises:
        ValueError: unless 0 <= nones <= answers <= images.
    """
    if not 0 <= nones <= answers <= images:
        raise ValueError(f"impossible counts: {nones} of {answers} of {images}")
    if answers == 0:
        return None
    value = nones / answers
    if answers == images:
        return NoneShare(value, value, value, answers)
    worth = (images - 1) / (images - answers)
    hits, trials = nones * worth, answers * worth

    def surplus(share: float) -> float:
        """Probability of more than ``hits``, and half that of exactly so many."""
        at_least = betainc(hits, trials - hits + 1, share) if hits else 1.0
        more = betainc(hits + 1, trials - hits, share) if hits < trials else 0.0
        return float(at_least + more) / 2

    low = _crossing(lambda share: surplus(share) >= _TAIL, 0.0, value) if nones else 0.0
    high = _crossing(lambda share: surplus(share) >= 1 - _TAIL, value, 1.0)
    return NoneShare(value, low, high if nones < answers else 1.0, answers)


def _crossing(beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Where a rising condition between two ends becomes true, by halving."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2
