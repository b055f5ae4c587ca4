"""What the random images say of the accuracy, in the same words and with the same interval
everywhere."""

from __future__ import annotations

from core.learn.judging.estimates import Estimates

_LITTLE = 0.005  # a gain in accuracy below half a point is nothing to label for

STOP = (
    "The goal counts as reached once it is certain however often one looks (confidence sequence). "
    "That takes some more random images than the interval alone would."
)
"""Why a goal may be open though the interval lies above it."""


def interval(value: float, low: float, high: float) -> str:
    """A share with its 95 % interval: "93% (89%–96%)"."""
    return f"{value:.0%} ({low:.0%}–{high:.0%})"


def verdict(estimates: Estimates, goal: float) -> str:
    """Whether the accuracy to label for is reached, in a sentence.

    Args:
        goal: the accuracy wanted, 0 to 1.
    """
    if estimates.stop.low >= goal:
        return f"Goal of {goal:.0%} reached: you can stop."
    if estimates.accuracy.low >= goal:
        return f"Goal of {goal:.0%} nearly certain: some more random images decide."
    return f"Goal of {goal:.0%} not reached yet."


def ahead(estimates: Estimates) -> str | None:
    """What more labels would bring, in a sentence; None while that is not known."""
    gain, accuracy = estimates.gain, estimates.accuracy
    if accuracy.value == 1.0:
        return f"All {estimates.n:,} random images are right: more labels show nothing to gain."
    if gain is None:
        return None
    between = f"{100 * gain.low:.1f} to {100 * gain.high:.1f}"
    if gain.high < _LITTLE:
        most = 100 * gain.high
        return f"{gain.extra} more labels: next to nothing (at most {most:.1f} points)."
    if gain.gain < _LITTLE / 10:
        return f"{gain.extra} more labels: perhaps nothing, at most {100 * gain.high:.1f} points."
    return f"{gain.extra} more labels: about {100 * gain.gain:+.1f} points ({between})."
