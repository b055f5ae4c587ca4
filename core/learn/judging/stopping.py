"""When to stop: a bound on accuracy that stays true however often it is looked at."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

__all__ = ["StopMeter", "confidence_sequence", "stop_meter"]


@dataclass(frozen=True)
class StopMeter:
    """Where labeling stands against a target.

    `low`, `high`: 95 % confidence sequence of the accuracy after `n` audit images; `target`: the
    accuracy wanted; `stop`: whether `low` has reached it.
    """

    n: int
    low: float
    high: float
    target: float
    stop: bool


def confidence_sequence(
    successes: int, n: int, population: int, level: float = 0.95
) -> tuple[float, float]:
    """Return bounds for a share in a finite population, valid at all sample sizes at once.

    successes: hits among `n` draws without replacement from `population` images. A plain interval
    holds at one sample size fixed beforehand; people look after every batch and stop when they like
    what they see. This one (prior-posterior ratio with a uniform prior; Waudby-Smith and Ramdas,
    arXiv 2006.04347) covers the truth at every look with probability `level`.

    Raises ValueError unless 0 <= successes <= n <= population and population >= 1.
    """
    if not 0 <= successes <= n <= population or population < 1:
        raise ValueError(f"impossible counts: {successes} of {n}, {population} in all")
    failures = n - successes
    # Only these totals can have given the draws seen.
    totals = np.arange(successes, population - failures + 1)
    given_total = (
        gammaln(totals + 1)
        - gammaln(totals - successes + 1)
        + gammaln(population - totals + 1)
        - gammaln(population - totals - failures + 1)
        - gammaln(population + 1)
        + gammaln(population - n + 1)
    )
    overall = betaln(successes + 1, failures + 1)
    inside = totals[overall - given_total < -np.log1p(-level)]
    return float(inside[0] / population), float(inside[-1] / population)


def stop_meter(successes: int, n: int, population: int, target: float) -> StopMeter:
    """Compare the confidence sequence with the accuracy wanted, a share of 0 to 1."""
    low, high = confidence_sequence(successes, n, population)
    return StopMeter(n, low, high, target, low >= target)
