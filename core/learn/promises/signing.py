"""Signing a folder: random looks at what would go into it, until a share right is shown.

The list of the folder stands before the first look. Wrong ones that are seen leave it, so what is
signed is the rest. A list that is not good enough is cut: its surest images are a list of their
own. The cuts are settled beforehand too, and each has a part of the risk, so that the looks at the
whole list count for the shorter ones as well, and it does not matter when one goes over to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from core.learn.promises.sequence import Bets, bound_after, most_wrong
from core.learn.promises.tails import check_level
from core.learn.promises.thresholds import RISK

__all__ = ["UNSEEN", "Signing", "signing"]

UNSEEN, WRONG, RIGHT = -1, 0, 1
_SHARES = (1.0, 0.65, 0.4, 0.2)
_PARTS = (0.88, 0.04, 0.04, 0.04)
_LEAST_LOOKS = 20  # before a list is given up
_HARDLY = 0.2

Verdict = Literal["signed", "open", "failed"]


@dataclass(frozen=True, eq=False)
class Signing:
    """Where the signing of a folder stands.

    Attributes:
        state: "signed"; "open", when looks are missing; "failed", when even the surest part is not
            good enough, so that nothing can be signed.
        inside: (T,) bool, what goes into the folder now, or would: the list or a cut of it, without
            the images seen to be wrong.
        threshold: the least probability of the list in hand; 0 for the whole list.
        looks, wrong: images of that list that were looked at in order, and how many are wrong.
        low: share of `inside` that is right, at least, with the confidence of this list.
        next: places of the images to look at next, in order.
        looks_left: how many more would sign it if all were right; 0 once it is signed.
    """

    state: Verdict
    inside: NDArray[np.bool_]
    threshold: float
    looks: int
    wrong: int
    low: float
    next: NDArray[np.intp]
    looks_left: int


def signing(
    confidence: NDArray[np.floating],
    order: NDArray[np.integer],
    verdicts: NDArray[np.integer],
    level: float,
    risk: float = RISK,
) -> Signing:
    """Return where the signing of a list of T images stands; it is a function of the looks alone.

    confidence: (T,) probability of the folder's class when the list was made. order: (T,) the
    places of the list in a random order that was settled with it. verdicts: (T,) what people said
    of each: `RIGHT`, `WRONG` or `UNSEEN`. Looks count in that order up to the first image that
    nobody has looked at, whoever looked, and for whatever reason.

    A list that is signed holds `level` right, and all that are ever signed do so with a chance of
    1 - risk or more each.

    Raises ValueError for a level or risk outside 0..1, or shapes that do not match.
    """
    check_level(level, risk)
    if not len(confidence) == len(order) == len(verdicts):
        raise ValueError("confidence, order and verdicts are of different lists")
    cuts = _cuts(confidence)
    standing = None
    for threshold, part in cuts:
        standing = _of_list(confidence, order, verdicts, level, risk * part, threshold)
        if standing.state != "failed":
            return standing
    assert standing is not None
    return standing


def _cuts(confidence: NDArray[np.floating]) -> list[tuple[float, float]]:
    """Threshold and part of the risk of each list, the whole one first; equal ones are one."""
    falling = np.sort(confidence)[::-1]
    cuts: list[tuple[float, float]] = [(0.0, _PARTS[0])]
    for share, part in zip(_SHARES[1:], _PARTS[1:], strict=True):
        size = int(len(falling) * share)
        if size and falling[size - 1] > max(cuts[-1][0], falling[-1]):
            cuts.append((float(falling[size - 1]), part))
    return cuts


def _of_list(
    confidence: NDArray[np.floating],
    order: NDArray[np.integer],
    verdicts: NDArray[np.integer],
    level: float,
    risk: float,
    threshold: float,
) -> Signing:
    """Where the signing of the images of at least a probability stands."""
    members = confidence >= threshold
    places = order[members[order]]
    unseen = np.flatnonzero(verdicts[places] == UNSEEN)
    looks = int(unseen[0]) if len(unseen) else len(places)
    right = verdicts[places[:looks]] == RIGHT
    # Wrong ones out of turn leave the list too, which only makes it better.
    inside = members & (verdicts != WRONG)
    wrong = int((~right).sum())
    bound = int(most_wrong(right, len(places), level, risk)[-1])
    left = len(places) - wrong
    low = 1.0 - (bound - wrong) / left if left else 1.0
    state: Verdict = "signed" if low >= level else "open"
    if state == "open" and _hopeless(looks, wrong, len(places), level):
        state = "failed"
    more = 0
    if state == "open":
        more = _looks_left(looks - wrong, wrong, len(places), level, risk, bound)
    return Signing(state, inside, threshold, looks, wrong, low, places[unseen], more)


def _hopeless(looks: int, wrong: int, total: int, level: float) -> bool:
    """Whether so many wrong looks would hardly come from a list that is just good enough."""
    if looks == total:
        return True  # all were looked at: then it would be signed, were anything left of it
    return looks >= _LEAST_LOOKS and bool(bdtrc(wrong - 1, looks, 1.0 - level) < _HARDLY)


def _looks_left(right: int, wrong: int, total: int, level: float, risk: float, bound: int) -> int:
    """How many right looks more would sign a list."""
    bets, left = Bets(level), total - wrong
    low, high = 0, total - right - wrong
    while low + 1 < high:
        middle = (low + high) // 2
        then = bound_after(bets, right + middle, wrong, total, bound, risk)
        signed = 1.0 - (then - wrong) / left >= level
        low, high = (low, middle) if signed else (middle, high)
    return high
