"""How far the people agree who labeled the images of a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from core.learn.judging.reliability import Reliability, cohen, krippendorff, krippendorff_of
from core.store.labels.base import (
    ANSWER_NAMES,
    REMOVED,
    SPLIT,
    VERDICTS,
    Label,
    is_settled,
)

_MOST_PEOPLE = 12  # who are compared with one another, those who answered most
_MOST_CLASSES = 200  # that are listed, those with most answers


@dataclass(frozen=True)
class Agreement:
    """How far people agree.

    Attributes:
        people: name → answers that count here.
        alpha: Krippendorff's, of everybody; of_class: of each class against all others.
        pairs: (person, person) → Cohen's kappa, of two who answered some of the same images.
        shares: (person, person) → share of those images that got the same answer.
        disagreed: images that got different answers; settled: those that a reviewer settled.
    """

    people: Mapping[str, int]
    alpha: Reliability
    of_class: Mapping[str, Reliability]
    pairs: Mapping[tuple[str, str], Reliability]
    shares: Mapping[tuple[str, str], float]
    disagreed: int
    settled: int

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow people agreement --json``."""
        return {
            "people": dict(self.people),
            "alpha": asdict(self.alpha),
            "classes": {name: asdict(of) for name, of in self.of_class.items()},
            "pairs": [
                {"people": list(pair), "share": self.shares[pair], "kappa": asdict(of)}
                for pair, of in self.pairs.items()
            ],
            "disagreed": self.disagreed,
            "settled": self.settled,
        }


def agreement(answers: Mapping[str, Sequence[Label]]) -> Agreement:
    """Compare people's answers: classes, "none of these" and "not usable".

    Answers that settled something are left out, because whoever gave them saw those of the others,
    and so are those under a class that was split or removed.

    Args:
        answers: image id → each person's latest answer, see `FollowedLog.answers`.
    """
    counting = {image: _counting(own) for image, own in answers.items()}
    units = [[meaning for _, meaning in own] for own in counting.values()]
    people = Counter(person for own in counting.values() for person, _ in own)
    names = Counter(meaning for unit in units if len(unit) > 1 for meaning in unit)
    pairs, shares = _pairs(counting, [person for person, _ in people.most_common(_MOST_PEOPLE)])
    return Agreement(
        people=dict(people.most_common()),
        alpha=krippendorff(units),
        of_class={
            str(name): of
            for name, of in krippendorff_of(
                units, [name for name, _ in names.most_common(_MOST_CLASSES)]
            ).items()
        },
        pairs=pairs,
        shares=shares,
        disagreed=sum(len(set(unit)) > 1 for unit in units),
        settled=sum(any(is_settled(answer.source) for answer in own) for own in answers.values()),
    )


def _counting(answers: Sequence[Label]) -> list[tuple[str, str]]:
    """(person, answer) of those that count."""
    return [
        (answer.annotator, answer.label or ANSWER_NAMES[answer.kind])
        for answer in answers
        if answer.kind in VERDICTS
        and answer.source not in (SPLIT, REMOVED)
        and not is_settled(answer.source)
    ]


def _pairs(
    counting: Mapping[str, Sequence[tuple[str, str]]], people: Sequence[str]
) -> tuple[dict[tuple[str, str], Reliability], dict[tuple[str, str], float]]:
    by_pair: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    wanted = set(people)
    for own in counting.values():
        for (one, first), (other, second) in combinations(sorted(own), 2):
            if one in wanted and other in wanted:
                both = by_pair.setdefault((one, other), ([], []))
                both[0].append(first)
                both[1].append(second)
    ordered = dict(sorted(by_pair.items()))
    return (
        {pair: cohen(*both) for pair, both in ordered.items()},
        {
            pair: sum(a == b for a, b in zip(*both, strict=True)) / len(both[0])
            for pair, both in ordered.items()
        },
    )
