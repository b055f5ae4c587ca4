"""Classes of unequal size: figures of each with intervals, and of the large and the small ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.intervals import f1_interval, share_interval

__all__ = ["Bucket", "ClassRow", "Share", "average_precision", "buckets", "class_rows"]

Size = Literal["head", "middle", "tail"]


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval; all None where there is nothing to take a share of."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, hits: int, n: int) -> "Share":
        """`hits` of `n`."""
        return cls(hits / n, *share_interval(hits, n)) if n else cls(None, None, None)

    @classmethod
    def f1(cls, hits: int, called: int, support: int) -> "Share":
        """The F1 of what is `called` so, of which `hits` are right, where `support` truly are."""
        if support == 0:
            return cls(None, None, None)
        return cls(2 * hits / (support + called), *f1_interval(hits, called - hits, support - hits))


@dataclass(frozen=True)
class ClassRow:
    """One class on images whose truth is known.

    Attributes:
        support, called: images truly of it, and taken for it.
        precision, recall, f1: with intervals.
        ap: average precision of its probabilities; None when no image is of it.
        bucket: whether it is one of the large classes, one of the small or between.
    """

    name: str
    support: int
    called: int
    precision: Share
    recall: Share
    f1: Share
    ap: float | None
    bucket: Size


@dataclass(frozen=True)
class Bucket:
    """Classes of about a size, as if they were one: their images and mistakes counted together.

    Attributes:
        size: head for the largest third of the classes, tail for the smallest.
        classes: largest first.
        support: images truly of one of them.
        precision, recall, f1: of all of them pooled.
    """

    size: Size
    classes: tuple[str, ...]
    support: int
    precision: Share
    recall: Share
    f1: Share


def class_rows(
    truth: NDArray[np.integer],
    guess: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    names: Sequence[str],
) -> list[ClassRow]:
    """Measure every class.

    truth, guess: (n,) numbers of classes. probabilities: (n, K), or fewer columns where the model
    lacks the last classes. names: the K classes.
    """
    count = len(names)
    support, called = (np.bincount(of, minlength=count) for of in (truth, guess))
    hits = np.bincount(truth[truth == guess], minlength=count)
    sizes = _sizes(support)
    rows = []
    for at, name in enumerate(names):
        there = at < probabilities.shape[1] and support[at] > 0
        right, own, taken = int(hits[at]), int(support[at]), int(called[at])
        rows.append(
            ClassRow(
                name,
                own,
                taken,
                Share.of(right, taken),
                Share.of(right, own),
                Share.f1(right, taken, own),
                average_precision(truth == at, probabilities[:, at]) if there else None,
                sizes[at],
            )
        )
    return rows


def buckets(rows: Sequence[ClassRow]) -> list[Bucket]:
    """Pool classes of a size, the large ones first; those without images of them are in none."""
    result = []
    sizes: tuple[Size, ...] = ("head", "middle", "tail")
    for size in sizes:
        inside = [row for row in rows if row.bucket == size and row.support]
        if not inside:
            continue
        inside.sort(key=lambda row: -row.support)
        hits = sum(round((row.recall.value or 0.0) * row.support) for row in inside)
        support, called = sum(row.support for row in inside), sum(row.called for row in inside)
        result.append(
            Bucket(
                size,
                tuple(row.name for row in inside),
                support,
                Share.of(hits, called),
                Share.of(hits, support),
                Share.f1(hits, called, support),
            )
        )
    return result


def _sizes(support: NDArray[np.integer]) -> list[Size]:
    """Return the bucket of each class: thirds of those that have images, the larger ones first."""
    there = int((support > 0).sum())
    each = max(1, round(there / 3))
    order = np.argsort(-support, kind="stable")
    sizes: list[Size] = ["middle"] * len(support)
    for rank, at in enumerate(order.tolist()):
        if rank < each:
            sizes[at] = "head"
        elif rank >= there - each:
            sizes[at] = "tail"
    return sizes


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> float | None:
    """Return the mean of the precision at every image that is of the class, best score first.

    truth: (n,) whether an image is of the class. scores: (n,). Images with equal scores are taken
    together, as in scikit-learn's `average_precision_score`. None when no image is of the class.
    """
    total = int(truth.sum())
    if total == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(ranked[1:] != ranked[:-1], True)
    hits = np.cumsum(truth[order])[last]
    taken = np.flatnonzero(last) + 1
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / taken).sum() / total)
