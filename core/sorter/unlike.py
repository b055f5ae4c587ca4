"""Whether a delivery holds what the collection did not: a test within each predicted class.

A head gives every image one of its classes, so images of a new class hide among those that they are
taken for. There they shift the mean of the images' vectors. For each predicted class the means of
delivery and reference are compared, after whitening by the covariance within classes; who is of the
delivery is permuted within classes for the null distribution, so false alarms are as rare as
promised, whatever the vectors are like. Conditioning on the predicted class keeps a mere change of
shares out. The largest difference finds one new class, the sum a change of all.

Image by image the same vectors tell little: nearest neighbours, confidence and Mahalanobis distance
have AUC .62 to .75 for a class that was left out of CIFAR-10, and find nothing in 500 images that
hold 10 % of it; see `benchmarks/deliveries.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

_RIDGE = 2.0  # of the mean eigenvalue: whitening by halves keeps the directions that tell classes
_LEAST = 8  # images of a class on either side, below which nothing is compared
_PERMUTATIONS = 400
_MOST = 5_000  # images of a delivery that take part
_MOST_CLASSES = 2 / 3  # of those that were compared
_EDGE = 0.95  # of the reference along the difference; what lies beyond is unlike it

_Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Unlike:
    """What a delivery holds that the reference does not.

    Attributes:
        new: whether there is such a thing.
        p: of the test, for both of its statistics together.
        share: about which share of the delivery it is; 0 unless ``new``.
        classes: predicted classes in which it hides, most obvious first.
        throughout: most classes look different: not a new thing, but another camera, size or
            compression.
        rows: (r,) rows of the delivery that are most unlike the reference, first the most.
    """

    new: bool
    p: float
    share: float = 0.0
    classes: list[int] = field(default_factory=list)
    rows: _Array = field(default_factory=lambda: np.empty(0, np.intp))
    throughout: bool = False


def compare(
    reference: _Array,
    reference_classes: _Array,
    delivery: _Array,
    delivery_classes: _Array,
    level: float = 0.02,
    seed: int = 0,
) -> Unlike:
    """Test a delivery against a reference.

    Args:
        reference, delivery: (M, D) and (N, D) float32 vectors of how images look.
        reference_classes, delivery_classes: (M,) and (N,) int, the head's class of each.
        level: false alarms, as a share of deliveries that are like the reference.
    """
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(len(delivery))[:_MOST])
    vectors = np.vstack([reference, delivery[rows]]).astype(np.float32)
    classes = np.concatenate([reference_classes, delivery_classes[rows]])
    theirs = np.arange(len(vectors)) >= len(reference)
    compared = [
        k
        for k in np.unique(classes)
        if min((classes[theirs] == k).sum(), (classes[~theirs] == k).sum()) >= _LEAST
    ]
    if not compared:
        return Unlike(False, 1.0)
    with threadpool_limits(1, user_api="blas"):
        features = _whitened(vectors, classes)
        apart = np.stack(
            [_apart(features[classes == k], theirs[classes == k], chance) for k in compared]
        )
    p = min(1.0, 2 * min(_p(apart.max(axis=0)), _p(apart.sum(axis=0))))
    if p > level:
        return Unlike(False, p)
    flagged = [k for k, row in sorted(zip(compared, apart, strict=True), key=lambda c: -c[1][0])
               if _p(row) <= level]  # fmt: skip
    flagged = flagged or [compared[int(apart[:, 0].argmax())]]
    located = _located(features, classes, theirs, flagged, rows, p, seed)
    return replace(located, throughout=len(flagged) >= max(3, _MOST_CLASSES * len(compared)))


def _whitened(vectors: _Array, classes: _Array) -> _Array:
    """(M + N, D) float32 residuals around their class's mean, half whitened.

    Made from both sides together, so that permuting who is of the delivery changes nothing.
    """
    residuals = vectors.copy()
    for k in np.unique(classes):
        residuals[classes == k] -= vectors[classes == k].mean(axis=0)
    covariance = residuals.T.astype(np.float64) @ residuals / len(residuals)
    values, axes = np.linalg.eigh(covariance)
    values = np.maximum(values, 0.0)
    scales = 1.0 / np.sqrt(values + _RIDGE * max(float(values.mean()), 1e-12))
    return (residuals @ (axes * scales).astype(np.float32)).astype(np.float32)


def _apart(features: _Array, theirs: _Array, chance: np.random.Generator) -> _Array:
    """(1 + R,) squared distance of the two means, first as it is, then permuted, studentised."""
    picks = np.zeros((1 + _PERMUTATIONS, len(features)), np.float32)
    count = int(theirs.sum())
    picks[0, theirs] = 1.0
    for row in picks[1:]:
        row[chance.permutation(len(features))[:count]] = 1.0
    sums, total = picks @ features, features.sum(axis=0)
    far = ((sums / count - (total - sums) / (len(features) - count)) ** 2).sum(axis=1)
    spread = float(far[1:].std())
    return np.asarray((far - far[1:].mean()) / (spread if spread > 0 else 1.0))


def _p(statistic: _Array) -> float:
    """The p of the first value among the permuted ones."""
    return float((1 + (statistic[1:] >= statistic[0]).sum()) / len(statistic))


def _located(
    features: _Array,
    classes: _Array,
    theirs: _Array,
    flagged: list[int],
    rows: _Array,
    p: float,
    seed: int,
) -> Unlike:
    """Which images it is, and about how many, each judged along a direction learned without it."""
    chance = np.random.default_rng(seed)
    first = len(classes) - len(rows)
    beyond, score = 0.0, np.full(len(rows), -np.inf)
    for k in flagged:
        own = np.flatnonzero(classes == k)
        half = chance.permutation(len(own)) % 2
        for side in (0, 1):
            learned, judged = own[half != side], own[half == side]
            if not (theirs[learned].any() and (~theirs[learned]).any() and (~theirs[judged]).any()):
                continue
            towards = features[learned[theirs[learned]]].mean(axis=0) - features[
                learned[~theirs[learned]]
            ].mean(axis=0)
            along = features[judged] @ towards / max(float(np.linalg.norm(towards)), 1e-12)
            ours, new = along[~theirs[judged]], along[theirs[judged]]
            edge, spread = float(np.quantile(ours, _EDGE)), max(float(ours.std()), 1e-9)
            beyond += max(0.0, float((new > edge).sum() - (1 - _EDGE) * len(new))) / _EDGE
            score[judged[theirs[judged]] - first] = (new - edge) / spread
    order = np.argsort(-score, kind="stable")
    most = order[score[order] > 0]
    return Unlike(True, p, beyond / max(len(rows), 1), [int(k) for k in flagged], rows[most])
