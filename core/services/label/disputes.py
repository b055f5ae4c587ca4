"""Images on which people disagree and nobody has decided yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.project.snapshot import Snapshot
from core.store.labels.answers import Labels
from core.store.labels.base import ANSWER_NAMES, VERDICTS, Label


def open_disputes(snapshot: Snapshot, store: Labels, person: str = "") -> list[str]:
    """Ids of the images that are to be settled, in the order of the collection.

    Two or more answers have equally many people behind them. Another person's answer settles it
    where that makes a majority. Whoever answered last has decided: that person is not asked again.

    Args:
        person: who is asked; "" for nobody in particular.
    """
    ids, conflicts = snapshot.pool.ids, snapshot.labels.conflicts
    if not conflicts.any():
        return []
    answers = store.answers()
    disputed = (ids[row] for row in conflicts.nonzero()[0].tolist())
    return [image for image in disputed if _is_open(answers.get(image, ()), person)]


def _is_open(answers: Sequence[Label], person: str) -> bool:
    votes = [answer for answer in answers if answer.kind in VERDICTS]
    if len(votes) < 2 or (person and votes[-1].annotator == person):
        return False
    counts = Counter((vote.kind, vote.label) for vote in votes).most_common(2)
    return len(counts) > 1 and counts[0][1] == counts[1][1]


def opinions(answers: Sequence[Label]) -> str:
    """Who calls an image what, in a line, the earliest first: "ann: cat · bob: dog".

    Args:
        answers: each person's latest answer, see `FollowedLog.answers`.
    """
    return " · ".join(
        f"{answer.annotator}: {answer.label or ANSWER_NAMES[answer.kind]}"
        for answer in answers
        if answer.kind in VERDICTS
    )
