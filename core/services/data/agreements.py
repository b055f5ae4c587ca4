"""How far people agree whose labels lie in one log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from core.learn.judging.agreement import Agreement, agreement
from core.store.labels.base import Label

_MOST = 12  # people that are compared with one another


def agreements(answers: Mapping[str, Sequence[Label]]) -> dict[tuple[str, str], Agreement]:
    """The agreement of each two people who gave some of the same images a class.

    Args:
        answers: image id → each person's latest answer, see `FollowedLog.answers`.

    Returns:
        (person, person) → agreement, by name; of the dozen who labeled most.
    """
    by_person: dict[str, dict[str, str]] = {}
    for image, labels in answers.items():
        for label in labels:
            if label.kind == "label" and label.label is not None:
                by_person.setdefault(label.annotator, {})[image] = label.label
    busiest = sorted(sorted(by_person), key=lambda name: -len(by_person[name]))[:_MOST]
    result = {}
    for one, other in combinations(sorted(busiest), 2):
        common = [image for image in by_person[one] if image in by_person[other]]
        if common:
            result[one, other] = agreement(
                [by_person[one][image] for image in common],
                [by_person[other][image] for image in common],
            )
    return result
