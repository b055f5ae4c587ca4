"""How well texts find their images and images their texts.

Recall at k is the share of queries with a right answer among the first k, the reciprocal rank is
that of the first right answer. Candidates with equal scores are in random order, and the figures
are the mean over such orders: identical captions, or copies of an image, help and harm nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.learn.judging.intervals import share_interval
from core.runtime.progress import Report

RECALL_AT = (1, 5, 10)
STEP = "Comparing captions and images"
_CELLS_AT_ONCE = 8_000_000
_RESAMPLES = 1_000
_CLOSE = 1e-6  # scores of copies differ by rounding alone, for sums are made in different order


@dataclass(frozen=True)
class Figure:
    """A measured mean with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Direction:
    """How well one kind of query finds the other: recall by k, mean reciprocal rank."""

    queries: int
    candidates: int
    recall: dict[int, Figure]
    mrr: Figure

    def as_json(self) -> dict[str, object]:
        """With the keys ``recall@1`` and so on."""
        content: dict[str, object] = {"queries": self.queries, "candidates": self.candidates}
        figures = {f"recall@{k}": figure for k, figure in self.recall.items()} | {"mrr": self.mrr}
        for name, figure in figures.items():
            content[name] = figure.value
            content[f"{name}_low"], content[f"{name}_high"] = figure.low, figure.high
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Direction:
        """What ``as_json`` gave; KeyError or TypeError for anything else."""

        def figure(name: str) -> Figure:
            return Figure(content[name], content[f"{name}_low"], content[f"{name}_high"])

        recall = {k: figure(f"recall@{k}") for k in RECALL_AT}
        return cls(content["queries"], content["candidates"], recall, figure("mrr"))


@dataclass(frozen=True)
class Retrieval:
    """Both directions."""

    text_to_image: Direction
    image_to_text: Direction

    def as_json(self) -> dict[str, object]:
        """With the keys ``text_to_image`` and ``image_to_text``."""
        return {
            "text_to_image": self.text_to_image.as_json(),
            "image_to_text": self.image_to_text.as_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Retrieval:
        """What ``as_json`` gave; KeyError or TypeError for anything else."""
        return cls(
            Direction.from_json(content["text_to_image"]),
            Direction.from_json(content["image_to_text"]),
        )


def retrieval(
    images: np.ndarray,
    texts: np.ndarray,
    image_of_text: np.ndarray,
    report: Report | None = None,
) -> Retrieval:
    """Measure both directions.

    Args:
        images: (N, D) float32, centred where the encoder asks for it.
        texts: (M, D) float32.
        image_of_text: (M,) int, the image that each text belongs to; every image has a text.
        report: takes how many of how many queries are done, and the wish to stop.

    Raises:
        ValueError: an image without a text, or none at all.
        Cancelled: asked to stop.
    """
    counts = np.bincount(image_of_text, minlength=len(images))
    if len(images) == 0 or counts.min() == 0 or len(counts) != len(images):
        raise ValueError("every image needs a text, and every text an image")
    report = report or Report()
    own = np.arange(len(images))
    forth = first_right(texts, images, image_of_text, own, report, (0, len(texts) + len(images)))
    back = first_right(
        images, texts, own, image_of_text, report, (len(texts), len(texts) + len(images))
    )
    return Retrieval(
        _direction(forth, image_of_text, len(images)), _direction(back, own, len(texts))
    )


def first_right(
    queries: np.ndarray,
    candidates: np.ndarray,
    group: np.ndarray,
    candidate_group: np.ndarray,
    report: Report | None = None,
    counted: tuple[int, int] | None = None,
) -> np.ndarray:
    """What stands before each query's first right answer, as (Q, 3) int64.

    A right answer is a candidate of the query's group. Of its best right answers: how many wrong
    candidates score higher, how many wrong ones the same, how many right ones the same (at least
    one). A block of queries at a time, so memory stays below 100 MB.

    Args:
        queries, candidates: (Q, D) and (C, D) float32.
        group, candidate_group: (Q,) and (C,) int; what belongs together has the same number.
        report: takes progress and the wish to stop.
        counted: for the report, queries done before these and queries in all.

    Raises:
        Cancelled: asked to stop.
    """
    report = report or Report()
    before, total = counted or (0, len(queries))
    result = np.empty((len(queries), 3), dtype=np.int64)
    step = max(1, _CELLS_AT_ONCE // len(candidates))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        report.step(STEP, before + start, total)
        scores = queries[part] @ candidates.T
        right = group[part, None] == candidate_group[None, :]
        best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)
        above = scores > best + _CLOSE
        equal = np.abs(scores - best) <= _CLOSE
        result[part, 0] = (above & ~right).sum(axis=1)
        result[part, 1] = (equal & ~right).sum(axis=1)
        result[part, 2] = (equal & right).sum(axis=1)
    return result


def expected(above: int, wrong: int, right: int) -> tuple[dict[int, float], float]:
    """Recall by k and reciprocal rank of one query, expected over the orders of equal scores.

    Args:
        above, wrong, right: what ``first_right`` says.
    """
    place = np.arange(wrong + 1)
    first = right / (right + wrong - place)  # a right answer here, when none has come before
    none_before = np.concatenate([[1.0], np.cumprod(1.0 - first)[:-1]])
    here, rank = none_before * first, above + place + 1
    recall = {k: float(here[rank <= k].sum()) for k in RECALL_AT}
    return recall, float((here / rank).sum())


def _direction(ranks: np.ndarray, cluster: np.ndarray, candidates: int) -> Direction:
    """Figures of one direction; queries of one ``cluster`` (Q,) hang together."""
    outcomes = [expected(*row) for row in ranks.tolist()]
    reciprocal = np.array([value for _, value in outcomes])
    recall = {k: _figure(np.array([of[k] for of, _ in outcomes]), cluster) for k in RECALL_AT}
    return Direction(len(ranks), candidates, recall, _figure(reciprocal, cluster))


def _figure(values: np.ndarray, cluster: np.ndarray) -> Figure:
    """The mean of values (Q,) in 0..1 with an interval that allows for clusters.

    The variance comes from resampling whole clusters, the ends are those of a share
    of as many independent queries as give it this variance (cluster bootstrap: Davison and Hinkley,
    1997). At 0 and 1, where resampling sees no variance, every cluster counts as one query.
    """
    mean = float(np.clip(values.mean(), 0.0, 1.0))
    sums = np.bincount(cluster, weights=values)
    sizes = np.bincount(cluster).astype(np.float64)
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    groups = len(sizes)
    random = np.random.default_rng(0)
    means = np.empty(_RESAMPLES)
    for draw in range(_RESAMPLES):
        drawn = random.integers(0, groups, groups)
        means[draw] = sums[drawn].sum() / sizes[drawn].sum()
    variance = float(means.var())
    sure = 0.0 < mean < 1.0 and variance > 0.0
    count = mean * (1 - mean) / variance if sure else float(groups)
    return Figure(mean, *share_interval(mean * count, count))
