"""Which predictions a person should look at, by conformal prediction sets.

An image whose set holds one class can be taken as sorted. The promise (the true class is in the
set as often as asked for) is measured on the audit images, so it needs labels of them.
"""

from __future__ import annotations

import math

from core.learn.predictions import Predictions
from core.runtime.errors import WinnowError


def doubts_of(predictions: Predictions, level: float) -> list[str | None]:
    """Why a person should look at each image of the pool; None where one class is left.

    Args:
        level: how often the true class shall be in the set, such as 0.9.

    Raises:
        WinnowError: `level` is no share, or there are too few audit labels for it.
    """
    from core.learn.judging.conformal import floor, sets
    from core.learn.models.calibration import with_temperature

    check_level(level)
    audit, unseen = predictions.audit, predictions.unseen
    needed = math.ceil(round(level / (1 - level), 9))
    if len(audit) < needed:
        raise WinnowError(
            f"A review band by sets of {level:.0%} needs {needed} labels of random images and "
            f"there are {len(audit)}; label more on the Label page, or use --review-below."
        )
    if predictions.temperature != 1:
        unseen = with_temperature(unseen, predictions.temperature)
    inside = sets(predictions.probabilities, floor(unseen, predictions.human[audit], level))
    return [
        f"{count} classes are possible at {level:.0%}" if count > 1 else None
        for count in inside.sum(axis=1).tolist()
    ]


def check_level(level: float) -> None:
    """Refuse a level that is no share between 0 and 1.

    Raises:
        WinnowError: it is not.
    """
    if not 0 < level < 1:
        raise WinnowError(
            f"The level of the review sets is a share between 0 and 1, not {level:g}; "
            "give for example 0.9."
        )
