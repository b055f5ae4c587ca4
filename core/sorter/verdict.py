"""What a delivery is like, in words: the same as before, shares moved, or something new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.learn.judging.intervals import drawn_interval
from core.sorter import shares, trying, unlike
from core.sorter.shares import Share
from core.sorter.sorter import Sorter
from core.sorter.trying import Tried
from core.sorter.unlike import Unlike

SHARES_LEVEL, UNLIKE_LEVEL, DRIFT_LEVEL = 0.015, 0.02, 0.01
"""False alarms of each check, together below 5 % of deliveries that are as before. Most of it goes
to what is hardest to see."""
LEAST_DRIFT = 0.02
"""Of the mean probability; less is not worth a word."""
WIDTH = 0.03
"""Half of the interval that labels are to give for the accuracy of a delivery."""

Kind = Literal["same", "moved", "new"]
_DRAWS = 2_000
_NAMED = 3  # classes that a sentence names


@dataclass(frozen=True, eq=False)
class Drift:
    """How sure the head is: mean probability of the class it gives, now and before."""

    now: float
    before: float
    drifted: bool


@dataclass(frozen=True, eq=False)
class Looks:
    """Images as the head sees them.

    Attributes:
        vectors: (N, D) float32 unit norm; probabilities: (N, K) float32.
    """

    vectors: np.ndarray
    probabilities: np.ndarray

    @property
    def classes(self) -> np.ndarray:
        """(N,) int64 the most probable class of each."""
        return self.probabilities.argmax(axis=1)


@dataclass(frozen=True, eq=False)
class Watched:
    """What was found of a delivery; rows of ``unlike`` are those of the delivery.

    ``would_show`` says, where nothing new was seen, whether it would have been; "" otherwise.
    """

    kind: Kind
    sentences: list[str]
    shares: list[Share]
    unlike: Unlike
    drift: Drift
    would_show: str = ""


def watch(sorter: Sorter, vectors: np.ndarray, probabilities: np.ndarray, seed: int = 0) -> Watched:
    """Compare a delivery with what the sorter was made from.

    Args:
        vectors: (N, D) float32 of the delivery; probabilities: (N, K) of the head.
    """
    reference = sorter.reference.vectors.astype(np.float32)
    looks = sorter.head.looks
    watched = judge(
        sorter.names,
        np.array([part.seen for part in sorter.content.classes]),
        Looks(reference, sorter.reference.probabilities),
        Looks(vectors, probabilities),
        seed,
        looks,
    )
    if watched.kind == "new" or not len(vectors):
        return watched
    tried = trying.tried(
        reference, sorter.reference.probabilities, len(vectors), UNLIKE_LEVEL, seed, looks
    )
    return replace(watched, would_show=_would_show(tried, len(vectors)))


def judge(
    names: list[str],
    before: np.ndarray,
    reference: Looks,
    delivery: Looks,
    seed: int = 0,
    looks: slice = slice(None),
) -> Watched:
    """The three checks and what they come to.

    Args:
        before: (K,) images of the collection in each class, as heads see it that did not see them.
        looks: which numbers of a vector are how an image looks.
    """
    counts = np.bincount(delivery.classes, minlength=len(names))
    moved = shares.compare(names, counts, before, SHARES_LEVEL, seed)
    new = unlike.compare(
        reference.vectors,
        reference.probabilities,
        delivery.vectors,
        delivery.probabilities,
        UNLIKE_LEVEL,
        seed,
        looks,
    )
    drift = _drift(delivery.probabilities.max(axis=1), reference.probabilities.max(axis=1), seed)
    kind: Kind = "new" if new.new else "moved" if any(one.moved for one in moved) else "same"
    return Watched(kind, _sentences(names, moved, new, drift), moved, new, drift)


def labels_to_prove(sorter: Sorter, images: int) -> int | None:
    """Random labels after which the accuracy of ``images`` is known within `WIDTH`.

    If it is what it was; None where the sorter's accuracy was never measured.
    """
    accuracy = sorter.content.accuracy
    if accuracy is None or images == 0:
        return None
    low, high = 1, images
    while low < high:  # the interval narrows as labels come in
        middle = (low + high) // 2
        ends = drawn_interval(round(accuracy.value * middle), middle, images)
        low, high = (low, middle) if ends[1] - ends[0] <= 2 * WIDTH else (middle + 1, high)
    return low


def _drift(now: np.ndarray, before: np.ndarray, seed: int) -> Drift:
    """Compare mean probabilities, by permutation: they are no normal numbers."""
    if len(now) == 0 or len(before) == 0:
        return Drift(0.0, 0.0, False)
    means = float(now.mean()), float(before.mean())
    chance = np.random.default_rng(seed)
    some = now[chance.permutation(len(now))[: 4 * len(before)]]
    both = np.concatenate([some, before]).astype(np.float64)
    apart = abs(float(some.mean()) - means[1])
    total, count = float(both.sum()), len(some)
    as_far = 0
    for _ in range(_DRAWS):
        part = float(chance.permutation(both)[:count].sum())
        as_far += abs(part / count - (total - part) / len(before)) >= apart
    p = (1 + as_far) / (1 + _DRAWS)
    return Drift(*means, p <= DRIFT_LEVEL and abs(means[0] - means[1]) >= LEAST_DRIFT)


def _would_show(tried: Tried | None, images: int) -> str:
    """Whether something new would have been seen, in words; "" where that could not be tried."""
    share = f"{trying.SHARE:.0%}"
    if images < trying.LEAST:
        return f"These are too few images to show a new kind that is {share} of them."
    if tried is None:
        return ""
    return (
        f"Would a new kind show? Classes of the collection were left out in turn and mixed into "
        f"{tried.images:,} images as {share} of them: {tried.called_new} of {tried.tries} showed."
    )


def _sentences(names: list[str], moves: list[Share], new: Unlike, drift: Drift) -> list[str]:
    lines = []
    if new.throughout:
        lines.append(
            "Something is different in most classes, as after another camera, size or compression: "
            f"about {new.share:.0%} of the images stand out."
        )
    elif new.new:
        hides = ", ".join(names[k] for k in new.classes[:_NAMED])
        lines.append(
            f"Something new: about {new.share:.0%} of the images look like nothing in the "
            f"collection; most were taken for {hides}."
        )
    moved = sorted((one for one in moves if one.moved), key=lambda s: -abs(s.share - s.before))
    if moved:
        named = "; ".join(
            f"{one.name} {one.before:.0%} → {one.share:.0%} ({one.low:.0%}–{one.high:.0%})"
            for one in moved[:_NAMED]
        )
        more = f"; and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
        lines.append(f"Shares moved: {named}{more}.")
    if drift.drifted:
        lines.append(
            f"The model is {'less' if drift.now < drift.before else 'more'} sure than before: "
            f"{drift.before:.0%} → {drift.now:.0%} mean probability."
        )
    return lines or ["Same as before: shares, look and probabilities are as in the collection."]
