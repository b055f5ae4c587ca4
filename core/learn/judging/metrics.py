"""How good predictions are on images whose truth is known, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.learn.judging.intervals import (
    drawn_interval,
    f1_interval,
    macro_f1_interval,
    share_interval,
)

__all__ = ["ClassMetrics", "Evaluation", "ReliabilityBin", "evaluate"]

_BINS = 15
_TOP = (1, 3, 5)


@dataclass(frozen=True)
class ClassMetrics:
    """One class. All but `support` (images truly of the class) are None when support is 0.

    A class that is never predicted has precision 0, as in scikit-learn. `f1_low` and `f1_high`
    are the ends of a 95 % interval.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    f1_low: float | None
    f1_high: float | None


@dataclass(frozen=True)
class ReliabilityBin:
    """Images whose top probability lies in (low, high]: how many, how sure, how often right.

    `confidence` and `accuracy` are None in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on n images with known truth; intervals are 95 %.

    `counts` (K, K) int64, truth in rows, prediction in columns, both in the order of `labels`.
    `macro_f1` is the mean over the classes that occur in the truth. `top_k` maps 1, 3 and 5 to the
    share of images whose true class is among that many best. `ece` is the expected calibration
    error over 15 bins of equal width (Guo et al., ICML 2017), `reliability` those bins.

    The intervals assume that the images were drawn at random. Actively chosen labels are not:
    measured on those, the accuracy is wrong however narrow its interval.
    """

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    macro_f1_low: float
    macro_f1_high: float
    per_class: dict[str, ClassMetrics]
    labels: list[str]
    counts: NDArray[np.int64]
    top_k: dict[int, float]
    ece: float
    reliability: list[ReliabilityBin]

    def as_json(self) -> dict[str, Any]:
        """Return plain types under the keys of `winnow evaluate --json`; None where undefined."""
        return {
            "accuracy": self.accuracy,
            "accuracy_low": self.accuracy_low,
            "accuracy_high": self.accuracy_high,
            "macro_f1": self.macro_f1,
            "macro_f1_low": self.macro_f1_low,
            "macro_f1_high": self.macro_f1_high,
            "n": self.n,
            "per_class": {name: dict(vars(metrics)) for name, metrics in self.per_class.items()},
            "confusion": {"labels": list(self.labels), "counts": self.counts.tolist()},
            "top_k": {str(k): share for k, share in self.top_k.items()},
            "ece": self.ece,
        }


def evaluate(
    truth: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    labels: Sequence[str],
    seed: int = 0,
    population: int | None = None,
) -> Evaluation:
    """Compare class probabilities with the truth.

    truth: (n,) class numbers. probabilities: (n, K), a column of zeros for a class that the truth
    has and the model lacks. labels: the K class names, distinct. Ties go to the lower class, as in
    argmax. population: how many images there are in all, where these were drawn from them at
    random; None where nothing is known of the rest. Accuracy has the exact interval
    (`drawn_interval`), each F1 that of the share behind it, macro F1 one at the effective size of a
    bootstrap that `seed` drives, see `intervals`.

    Raises ValueError for no images, shapes that do not match, a class out of range, equal names,
    or probabilities that are not finite or below 0.
    """
    labels = list(labels)
    _check(truth, probabilities, labels)
    truth = truth.astype(np.int64)
    predicted = probabilities.argmax(axis=1)
    size = len(labels)
    counts = np.bincount(truth * size + predicted, minlength=size * size).reshape(size, size)
    hits = int(np.trace(counts))
    n = len(truth)
    per_class = {name: _class_metrics(counts, index) for index, name in enumerate(labels)}
    scored = [metrics.f1 for metrics in per_class.values() if metrics.f1 is not None]
    reliability = _reliability(probabilities.max(axis=1), predicted == truth)
    return Evaluation(
        n,
        hits / n,
        *(share_interval(hits, n) if population is None else drawn_interval(hits, n, population)),
        sum(scored) / len(scored),
        *macro_f1_interval(counts, seed=seed),
        per_class,
        labels,
        counts.astype(np.int64),
        _top_k(truth, probabilities),
        _calibration_error(reliability, n),
        reliability,
    )


def _check(
    truth: NDArray[np.integer], probabilities: NDArray[np.floating], labels: list[str]
) -> None:
    if truth.ndim != 1 or len(truth) == 0:
        raise ValueError(f"truth must hold at least one image, got shape {truth.shape}")
    if probabilities.shape != (len(truth), len(labels)):
        raise ValueError(
            f"probabilities must be ({len(truth)}, {len(labels)}), got {probabilities.shape}"
        )
    if truth.min() < 0 or truth.max() >= len(labels):
        raise ValueError(f"a true class lies outside 0..{len(labels) - 1}")
    if len(set(labels)) != len(labels):
        raise ValueError("two classes have the same name")
    if not np.isfinite(probabilities).all() or probabilities.min() < 0:
        raise ValueError("probabilities hold a value that is negative or not finite")


def _class_metrics(counts: NDArray[np.integer], index: int) -> ClassMetrics:
    """Return the metrics of one class of a confusion matrix."""
    hits = int(counts[index, index])
    support = int(counts[index].sum())
    called = int(counts[:, index].sum())
    if support == 0:
        return ClassMetrics(None, None, None, 0, None, None)
    low, high = f1_interval(hits, called - hits, support - hits)
    return ClassMetrics(
        precision=hits / called if called else 0.0,
        recall=hits / support,
        f1=2 * hits / (support + called),
        support=support,
        f1_low=low,
        f1_high=high,
    )


def _top_k(truth: NDArray[np.integer], probabilities: NDArray[np.floating]) -> dict[int, float]:
    """Return the share of images whose true class ranks among the k best, ties as in argmax."""
    own = probabilities[np.arange(len(truth)), truth][:, None]
    earlier = np.arange(probabilities.shape[1]) < truth[:, None]
    rank = ((probabilities > own) | ((probabilities == own) & earlier)).sum(axis=1)
    return {k: float((rank < k).mean()) for k in _TOP}


def _reliability(
    confidence: NDArray[np.floating], correct: NDArray[np.bool_]
) -> list[ReliabilityBin]:
    """Sort images into 15 equal bins of top probability, each open below and closed above."""
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, _BINS - 1)
    bins = []
    for index in range(_BINS):
        inside = place == index
        filled = bool(inside.any())
        bins.append(
            ReliabilityBin(
                low=float(edges[index]),
                high=float(edges[index + 1]),
                n=int(inside.sum()),
                confidence=float(confidence[inside].mean(dtype=np.float64)) if filled else None,
                accuracy=float(correct[inside].mean()) if filled else None,
            )
        )
    return bins


def _calibration_error(reliability: list[ReliabilityBin], n: int) -> float:
    """Return the mean gap between confidence and accuracy, weighted by the images in each bin."""
    gaps = (
        part.n * abs(part.confidence - part.accuracy)
        for part in reliability
        if part.confidence is not None and part.accuracy is not None
    )
    return sum(gaps) / n
