"""How many wrong ones a list of images can still hold, after any number of random looks.

A betting confidence sequence for sampling without replacement (Waudby-Smith and Ramdas, "Estimating
means of bounded random variables by betting", JRSS B 2024, section 5): for each number of wrong
ones that the list may hold, a gambler bets on right and wrong looks at odds that would be fair if
the list held just so many. Who gains twenty times the stake shows that it does not. That may be
looked at after every image, and one may stop as soon as one likes what one sees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["Bets", "bound_after", "most_wrong"]

_STAKES = np.array([0.95, 0.05])


class Bets:
    """The gambler's stakes: most on a list that is far better than the level, some on one between.

    A bet on the share right q multiplies the capital by q / p at a right look and by
    (1 - q) / (1 - p) at a wrong one, p being the chance of a right look in the list as supposed.
    """

    def __init__(self, level: float) -> None:
        spare = 1.0 - level
        self._right = np.log1p(-np.array([spare / 14, spare / 2]))
        self._wrong = np.log(np.array([spare / 14, spare / 2]))

    def log_stake(self, right: int, wrong: int) -> float:
        """The log of the capital before it is divided by the chance of the looks seen."""
        exponents = np.log(_STAKES) + right * self._right + wrong * self._wrong
        top = float(exponents.max())
        return top + float(np.log(np.exp(exponents - top).sum()))


def most_wrong(
    right: NDArray[np.bool_], total: int, level: float, risk: float
) -> NDArray[np.int64]:
    """Return (m + 1,) the most wrong ones the list may hold, after each of no to m looks.

    right: (m,) the looks in the order in which they were drawn without replacement from a list of
    `total` images. All the bounds hold together with a chance of 1 - risk or more, and they never
    rise. level: the share right that is hoped to be shown, which the bets are made for.

    Raises ValueError for more looks than images.
    """
    if len(right) > total:
        raise ValueError(f"{len(right)} looks at {total} images")
    bets, bound = Bets(level), total
    bounds = [bound]
    hits = 0
    for looks, hit in enumerate(right.tolist(), start=1):
        hits += hit
        bound = min(bound, bound_after(bets, hits, looks - hits, total, bound, risk))
        bounds.append(bound)
    return np.array(bounds, dtype=np.int64)


def bound_after(bets: Bets, right: int, wrong: int, total: int, before: int, risk: float) -> int:
    """Return the most wrong ones, up to the bound `before`, that these looks do not rule out."""
    stake, needed = bets.log_stake(right, wrong), -np.log(risk)

    def ruled_out(supposed: int) -> bool:
        return stake - _log_chance(right, wrong, supposed, total) >= needed

    # Beyond the share seen, the looks grow ever less likely with each wrong one more.
    looks = right + wrong
    low = max(wrong, min(before, -(-total * wrong // looks)))
    high = min(before, total - right)
    if high < low or ruled_out(low):
        return max(wrong, min(before, low))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if ruled_out(middle) else (middle, high)
    return low


def _log_chance(right: int, wrong: int, supposed: int, total: int) -> float:
    """Log chance of looks in a given order, from a list with `supposed` wrong ones."""
    good, looks = total - supposed, right + wrong
    parts = gammaln(
        [
            good + 1,
            good - right + 1,
            supposed + 1,
            supposed - wrong + 1,
            total + 1,
            total - looks + 1,
        ]
    )
    return float(parts[0] - parts[1] + parts[2] - parts[3] - parts[4] + parts[5])
