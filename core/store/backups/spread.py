"""Which backups to keep: all ages are represented, so a busy hour never costs yesterday's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

SETTLING = 600.0  # seconds: ages are compared beyond this, so a burst counts as one moment
OLD = 30 * 86_400.0  # seconds from which the oldest may go, when the next one is that old too


def surplus(
    times: Sequence[float], most: int, protected: Collection[int] = (), newest: int = 2
) -> list[int]:
    """Positions of the backups to let go, so that ``most`` are left.

    Each time the one goes whose neighbours are closest to each other, by the ratio of their ages:
    what is left thins out evenly from minutes over hours and days to months.

    Args:
        times: seconds, oldest first; a clock that was set back counts as one that stood still.
        protected: positions that stay.
        newest: how many of the newest stay.
    """
    steady = [max(times[: place + 1]) for place in range(len(times))]
    now = steady[-1] if steady else 0.0
    ages = [now - moment + SETTLING for moment in steady]
    left, gone = list(range(len(times))), []
    while len(left) > most:
        candidates = [
            (_crowding(ages, left, place), place)
            for place in range(len(left) - newest)
            if left[place] not in protected
        ]
        crowded = [pair for pair in candidates if pair[0] is not None]
        if not crowded:
            break
        place = min(crowded)[1]
        gone.append(left.pop(place))
    return sorted(gone)


def _crowding(ages: Sequence[float], left: Sequence[int], place: int) -> float | None:
    """How much older the neighbour before is than the one after; None: this one stays."""
    if place:
        return ages[left[place - 1]] / ages[left[place + 1]]
    # The oldest has no neighbour before it; it goes once the next one is old as well.
    return 1.0 if len(left) > 1 and ages[left[1]] - SETTLING >= OLD else None
