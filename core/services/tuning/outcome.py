"""How a tuning ended: the figures, what was decided, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.change import Change
from core.learn.tuning.judging import Gains, as_json, gained
from core.services.tuning.retention import MOST_LOSS, Retention

Depth = Literal["adapter", "lora"]
"""What is learned: maps on top of an encoder's vectors, or a change of its layers."""
_WAYS = {"text_to_image": "from words to pictures", "image_to_text": "from pictures to words"}
_KINDS = {"general": "general things", "classes": "your classes"}


@dataclass(frozen=True)
class Query:
    """A query of the test part and how it changed.

    Attributes:
        direction: "text_to_image" or "image_to_text".
        text, image: the words, and the id of the image that they belong to.
        gain: how much its reciprocal rank rose, -1 to 1.
    """

    direction: str
    text: str
    image: str
    gain: float


@dataclass(frozen=True, eq=False)
class Result:
    """What was learned and what came of it.

    Attributes:
        learned: None where nothing helped; then there are no figures either.
        validation, test, retention, history: see `Outcome`.
    """

    learned: Adapter | Change | None
    validation: Gains | None
    test: Gains | None
    retention: Sequence[Retention]
    history: Sequence[Mapping[str, float]] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """The end of a tuning.

    Attributes:
        name: of the encoder; spec: what to type for it, "" where nothing was kept.
        base: the encoder that it stands on.
        accepted, why: whether it was kept, and the reason in a sentence.
        seconds: it took; pairs, groups: that it was made of, and how many of those are in each of
            the three parts.
        unmatched, without_words: rows that took no part.
        validation, test: None where training found nothing at all.
        retention: what may not fall.
        history: the learning curve; see `core.learn.tuning.training.Trained`.
        queries: those of the test part that gained and lost most.
        depth: "adapter" or "lora", what was learned.
    """

    name: str
    spec: str
    base: str
    accepted: bool
    why: str
    seconds: float
    pairs: int
    groups: Sequence[int]
    unmatched: int
    without_words: int
    words: str
    validation: Gains | None
    test: Gains | None
    retention: Sequence[Retention]
    history: Sequence[Mapping[str, float]]
    queries: Sequence[Query] = field(default_factory=tuple)
    depth: Depth = "adapter"

    def as_json(self) -> dict[str, Any]:
        """As ``winnow tune --json`` prints it."""
        own = ("name", "accepted", "why", "seconds", "pairs", "base", "unmatched", "without_words")
        parts = {
            name: None if gains is None else as_json(gains)
            for name, gains in (("validation", self.validation), ("test", self.test))
        }
        return {
            **{name: getattr(self, name) for name in own},
            "model": self.spec,
            "depth": self.depth,
            "words": self.words,
            "groups": dict(zip(("train", "validation", "test"), self.groups, strict=True)),
            **parts,
            "retention": [each.as_json() for each in self.retention],
            "loss": [dict(look) for look in self.history],
        }


def verdict(test: Gains | None, retention: Sequence[Retention]) -> tuple[bool, str]:
    """Whether a tuning is kept, and why, in a sentence."""
    if test is None:
        return False, "Nothing that was learned helped on pairs that it was not learned from."
    if not gained(test):
        name = next(n for n, direction in test.items() if direction.floor <= 0.0)
        rise = test[name].delta["mrr"]
        return False, (
            f"On held-out pairs the mean reciprocal rank {_WAYS[name]} changes by "
            f"{rise.value:+.3f} (95 % interval {rise.low:+.3f} to {rise.high:+.3f}), which "
            "is no sure gain."
        )
    for each in retention:
        if not each.holds:
            return False, (
                f"The accuracy on {_KINDS[each.what]} falls from {each.baseline:.1%} to "
                f"{each.tuned:.1%}, more than {MOST_LOSS:.1%} allow."
            )
    rises = " and ".join(
        f"{_WAYS[name]} from {direction.baseline['mrr'].value:.3f} to "
        f"{direction.tuned['mrr'].value:.3f}"
        for name, direction in test.items()
    )
    return True, f"On held-out pairs the mean reciprocal rank rises {rises}, and nothing else fell."


def most_changed(gain: np.ndarray, count: int) -> np.ndarray:
    """Rows of the queries that gained most, then of those that lost most; ``count`` of each."""
    order = np.argsort(-gain, kind="stable")
    up = [row for row in order[:count] if gain[row] > 0]
    down = [row for row in order[::-1][:count] if gain[row] < 0]
    return np.array([*up, *down], dtype=np.int64)
