"""Which predictions a person should look at, by conformal prediction sets.

An image whose set holds one class can be taken as sorted. The promise (the true class is in the
set as often as asked for) is measured on the audit images, so it needs labels of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from core.errors import WinnowError
from core.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary


def doubts_of(
    project: Project,
    vocabulary: Vocabulary,
    predictions: Predictions,
    level: float,
    refined: bool = False,
    extra: Mapping[str, str] | None = None,
) -> list[str | None]:
    """Why a person should look at each image of the pool; None where one class is left.

    Args:
        predictions: made with the same vocabulary, `refined` and `extra`.
        level: how often the true class shall be in the set, such as 0.9.

    Raises:
        WinnowError: `level` is no share, or there are too few audit labels for it.
    """
    from core.learn.calibration import with_temperature
    from core.learn.conformal import floor, sets
    from core.predicting import standing

    check_level(level)
    known = standing(project, vocabulary, extra)
    needed = math.ceil(round(level / (1 - level), 9))
    if len(known.audit) < needed:
        raise WinnowError(
            f"A review band by sets of {level:.0%} needs {needed} labels of audit images and there "
            f"are {len(known.audit)}; label more on the Label page, or use --review-below."
        )
    rows = np.flatnonzero(known.human >= 0)
    learner = project.learner(vocabulary, refined)
    unseen = learner.cross_fitted(rows, known.human[rows], known.audit)
    if predictions.temperature != 1:
        unseen = with_temperature(unseen, predictions.temperature)
    inside = sets(predictions.probabilities, floor(unseen, known.human[known.audit], level))
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
