"""Pictures, words, or both: the same labels learned from each, judged on the same other images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph
from core.learn.words.block import Words
from core.learn.words.mixing import WORDS_ALONE
from core.runtime.progress import Report

__all__ = ["PAIRS", "SOURCES", "Ablation", "ClassGap", "Collection", "Gap", "Measured", "play"]

SOURCES = ("image", "text", "both")
PAIRS = (("both", "image"), ("both", "text"), ("text", "image"))
"""What is compared: how much better is the first than the second?"""
_CERTAIN = 1.96
_MOST_OF_A_CLASS = 0.5  # of its images are labeled at most, so that others are left to judge

_Rows = NDArray[np.intp]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Collection:
    """Images whose truth is known, N of them.

    Attributes:
        vectors, logits, graph: as of `core.learn.models.learner.Learner`.
        words: what they say.
        truth: (N,) class numbers, -1 where it is not known.
        names: (K,) classes.
        columns: source → what its images say in one column alone; no source of `SOURCES`.
    """

    vectors: NDArray[np.float32]
    logits: NDArray[np.float32]
    graph: Graph | None
    words: Words
    truth: NDArray[np.integer]
    names: Sequence[str]
    columns: Mapping[str, Words] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """All that is compared."""
        return (*SOURCES, *self.columns)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is compared with what."""
        pairs = [*PAIRS]
        for column in self.columns:
            pairs += [(column, "image"), ("text", column), ("both", column)]
        return pairs

    def learner(self, source: str) -> Learner:
        """The model of one source."""
        if source not in ("image", "both"):
            words = self.columns.get(source, self.words)
            return Learner(self.vectors, words.own, clusters=False, words=words, grid=WORDS_ALONE)
        beside = self.words if source == "both" else None
        return Learner(self.vectors, self.logits, graph=self.graph, words=beside)


@dataclass(frozen=True)
class Measured:
    """One source after one draw of labels; shares of 0 to 1."""

    source: str
    per_class: int
    seed: int
    accuracy: float
    macro_f1: float
    ece: float


@dataclass(frozen=True)
class Gap:
    """How much more often the first of two sources is right; mean over draws, 95 % interval."""

    per_class: int
    pair: tuple[str, str]
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassGap:
    """One class at the most labels: the share of its images that each source gets right, how many
    images that is, and how much both are ahead of pictures alone, with its 95 % interval."""

    name: str
    images: int
    right: dict[str, float]
    gain: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Ablation:
    """What came of it.

    Attributes:
        points: a point a source, number of labels and draw.
        gaps: for each number of labels and pair of `Collection.pairs`.
        classes: by class, at the most labels.
        won, lost: (w,) and (l,) rows of images that words put right, or wrong, in most draws at
            the most labels; the clearest first.
    """

    points: list[Measured]
    gaps: list[Gap]
    classes: list[ClassGap]
    won: _Rows
    lost: _Rows


def play(
    of: Collection, per_class: Sequence[int], seeds: int, report: Report | None = None
) -> Ablation:
    """Draw so many labels of each class, again for each seed, and learn from them by each source.

    Of a class at most half of the images are labeled. Without labels there is nothing to draw.

    Raises:
        ValueError: no image has a known truth.
        Cancelled: asked to stop.
    """
    report = report or Report()
    if not (of.truth >= 0).any():
        raise ValueError("no image has a known truth")
    learners = {source: of.learner(source) for source in of.sources}
    jobs = [(n, seed) for n, seed in product(per_class, range(seeds)) if n > 0 or seed == 0]
    points: list[Measured] = []
    right: dict[int, list[dict[str, _Right]]] = {}
    for number, (n, seed) in enumerate(jobs):
        report.step("Comparing pictures and words", number, len(jobs), f"{n} labels a class")
        rows = _draw(of.truth, n, seed)
        asked = np.setdiff1d(np.flatnonzero(of.truth >= 0), rows)
        draw: dict[str, _Right] = {}
        for source, learner in learners.items():
            report.check()
            chances = learner.fit(rows, of.truth[rows], seed).probabilities[asked]
            seen = evaluate(of.truth[asked], chances, of.names)
            points.append(_measured(source, n, seed, seen))
            draw[source] = _Right(asked, chances.argmax(axis=1) == of.truth[asked])
        right.setdefault(n, []).append(draw)
    gaps = [_gap(n, pair, draws) for n, draws in right.items() for pair in of.pairs]
    return _result(of, points, gaps, right[max(right)])


@dataclass(frozen=True, eq=False)
class _Right:
    """Which of the rows (n,) a source gets right (n,)."""

    rows: _Rows
    right: _Bools


def _draw(truth: NDArray[np.integer], per_class: int, seed: int) -> _Rows:
    random = np.random.default_rng([seed, 5])
    parts = [np.empty(0, dtype=np.intp)]
    for number in np.unique(truth[truth >= 0]):
        own = random.permutation(np.flatnonzero(truth == number))
        parts.append(own[: min(per_class, int(len(own) * _MOST_OF_A_CLASS))])
    return np.sort(np.concatenate(parts))


def _measured(source: str, per_class: int, seed: int, seen: Evaluation) -> Measured:
    return Measured(source, per_class, seed, seen.accuracy, seen.macro_f1, seen.ece)


def _gap(per_class: int, pair: tuple[str, str], draws: list[dict[str, _Right]]) -> Gap:
    first, second = pair
    each = [
        (draw[first].rows, draw[first].right.astype(float) - draw[second].right) for draw in draws
    ]
    return Gap(per_class, pair, *_interval(each))


def _interval(each: list[tuple[_Rows, NDArray[np.float64]]]) -> tuple[float, float, float]:
    """Mean, low and high of paired differences, by draw: rows (n,) and differences (n,).

    The variance is that between draws, over their number, plus that between images, over theirs:
    other labels and other images would both have given another figure.
    """
    each = [(rows, values) for rows, values in each if len(rows)]
    if not each:
        return 0.0, -1.0, 1.0
    means = np.array([values.mean() for _, values in each])
    images = _by_image(each)[1]
    between = means.var(ddof=1) / len(means) if len(means) > 1 else 0.0
    error = _CERTAIN * float(np.sqrt(between + images.var() / len(images)))
    mean = float(means.mean())
    return mean, max(-1.0, mean - error), min(1.0, mean + error)


def _by_image(each: list[tuple[_Rows, NDArray[np.float64]]]) -> tuple[_Rows, NDArray[np.float64]]:
    """Rows (m,), rising, and the mean difference of each over the draws that judged it."""
    rows, place = np.unique(np.concatenate([rows for rows, _ in each]), return_inverse=True)
    values = np.concatenate([values for _, values in each])
    return rows, np.bincount(place, values) / np.bincount(place)


def _result(
    of: Collection, points: list[Measured], gaps: list[Gap], draws: list[dict[str, _Right]]
) -> Ablation:
    each = [
        (draw["both"].rows, draw["both"].right.astype(float) - draw["image"].right)
        for draw in draws
    ]
    classes = []
    for number, name in enumerate(of.names):
        own = [(rows[of.truth[rows] == number], v[of.truth[rows] == number]) for rows, v in each]
        if not any(len(rows) for rows, _ in own):
            continue
        right = {source: _share(of, draws, source, number) for source in of.sources}
        images = int((of.truth == number).sum())
        classes.append(ClassGap(name, images, right, *_interval(own)))
    rows, gains = _by_image(each)
    order = np.argsort(-gains, kind="stable")
    won = rows[order[gains[order] >= 0.5]]
    order = order[::-1]
    return Ablation(points, gaps, classes, won, rows[order[gains[order] <= -0.5]])


def _share(of: Collection, draws: list[dict[str, _Right]], source: str, number: int) -> float:
    parts = [draw[source].right[of.truth[draw[source].rows] == number] for draw in draws]
    return float(np.concatenate(parts).mean())
