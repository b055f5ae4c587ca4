"""Whether a delivery holds what the collection did not: a test within each predicted class.

A head gives every image one of its classes, so images of a new class hide among those that they are
taken for. There they shift the mean of the images' vectors. For each predicted class the means of
delivery and reference are compared, after whitening by the covariance within classes; who is of the
delivery is permuted within classes for the null distribution, so false alarms are as rare as
promised, whatever the vectors are like. Conditioning on the predicted class keeps a mere change of
shares out, and so does leaving out the directions in which classes differ: more images of one class
are also more that are taken for its neighbours, which moves the means there.

Three statistics, for three ways to be new: the largest difference finds a class that hides in one
other, the sum a change of all, and the length of the differences' sum a class that is spread over
many, since all its images lie the same way. Three more ask for images that are one another's
neighbours (`core.sorter.nearby`), by which a few are found where they do not move a mean. All six
are taken of how images look and, where an encoder has that, of what words can name in them too.
They are joined within the same permutations (Westfall and Young 1993), so that many of them cost
little power and no false alarms: see `_joint_p`.

Image by image the same vectors tell little: nearest neighbours, confidence and Mahalanobis distance
have AUC .62 to .75 for a class that was left out of CIFAR-10, and find nothing in 500 images that
hold 10 % of it; see `benchmarks/deliveries.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from core.runtime.threads import one_blas_thread
from core.sorter import nearby
from core.sorter.whitening import whitened

_RIDGE = 2.0  # of the mean eigenvalue: whitening by halves keeps the directions that tell classes
_LEAST_EXPLAINED = 1e-6  # of the variance of probabilities: one class leaves nothing to tell
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
        p: of the test, for all of its statistics together.
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
    reference_probabilities: _Array,
    delivery: _Array,
    delivery_probabilities: _Array,
    level: float = 0.02,
    seed: int = 0,
    looks: slice = slice(None),
    permutations: int = _PERMUTATIONS,
) -> Unlike:
    """Test a delivery against a reference.

    Args:
        reference, delivery: (M, D) and (N, D) float32 unit vectors.
        reference_probabilities, delivery_probabilities: (M, K) and (N, K) of heads that did not see
            them.
        level: false alarms, as a share of deliveries that are like the reference.
        looks: which of the D numbers are how images look; all of them together are a second view.
        permutations: that a delivery is compared with.
    """
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(len(delivery))[:_MOST])
    vectors = np.vstack([reference, delivery[rows]]).astype(np.float32)
    probabilities = np.vstack([reference_probabilities, delivery_probabilities[rows]])
    classes = probabilities.argmax(axis=1)
    theirs = np.arange(len(vectors)) >= len(reference)
    compared = [
        k
        for k in np.unique(classes)
        if min((classes[theirs] == k).sum(), (classes[~theirs] == k).sum()) >= _LEAST
    ]
    if not compared:
        return Unlike(False, 1.0)
    views = _views(vectors, looks)
    with one_blas_thread():
        picks = _picks(classes, compared, theirs, permutations, chance)
        moved = [_Moved.of(view, probabilities, classes, theirs, picks, compared) for view in views]
        beside = [
            nearby.excess(near, picks, classes, probabilities) for near in nearby.neighbours(views)
        ]
    statistics = [row for one in moved for row in one.statistics]
    p = _joint_p(np.stack([*statistics, *((np.vstack(beside)) ** 2).sum(axis=2)]))
    if p > level:
        return Unlike(False, p)
    apart = np.maximum.reduce([one.apart for one in moved])
    flagged = _flagged(compared, apart, np.vstack(beside), classes, level)
    located = _located(moved[0].features, classes, theirs, flagged, rows, p, seed)
    return replace(located, throughout=len(flagged) >= max(3, _MOST_CLASSES * len(compared)))


def _views(vectors: _Array, looks: slice) -> list[_Array]:
    """Vectors as they look, and whole where that is more: (M + N, d) float32 each.

    The rest of a vector is what words can name in the image, by which some classes differ more.
    """
    own = vectors[:, looks]
    if own.shape == vectors.shape:
        return [vectors]
    return [own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12), vectors]


@dataclass(frozen=True, eq=False)
class _Moved:
    """How far means moved in one view.

    Attributes:
        features: (M + N, d) float32, see `_whitened`.
        apart: (C, 1 + R) of each class that is compared, in its own standard deviations.
        together: (1 + R,) length of the sum.
    """

    features: _Array
    apart: _Array
    together: _Array

    @classmethod
    def of(
        cls,
        vectors: _Array,
        probabilities: _Array,
        classes: _Array,
        theirs: _Array,
        picks: _Array,
        compared: list[int],
    ) -> _Moved:
        features = _whitened(vectors, classes, probabilities, ~theirs)
        together = np.zeros((len(picks), features.shape[1]), np.float32)
        apart = np.empty((len(compared), len(picks)))
        for row, k in enumerate(compared):
            moved = _moved(features[classes == k], picks[:, classes == k])
            together += moved
            apart[row] = _studentised((moved**2).sum(axis=1))
        return cls(features, apart, (together**2).sum(axis=1))

    @property
    def statistics(self) -> tuple[_Array, _Array, _Array]:
        """(1 + R,) each: the largest difference, the sum of all, the length of the sum."""
        return self.apart.max(axis=0), self.apart.sum(axis=0), self.together


def _picks(
    classes: _Array,
    compared: list[int],
    theirs: _Array,
    permutations: int,
    chance: np.random.Generator,
) -> _Array:
    """(1 + R, M + N) float32 who is of the delivery: as it is, then permuted within classes."""
    picks = np.zeros((1 + permutations, len(classes)), np.float32)
    picks[:, theirs] = 1.0
    for k in compared:
        own = np.flatnonzero(classes == k)
        count = int(theirs[own].sum())
        picks[1:, own] = 0.0
        for row in picks[1:]:
            row[own[chance.permutation(len(own))[:count]]] = 1.0
    return picks


def _flagged(
    compared: list[int], apart: _Array, beside: _Array, classes: _Array, level: float
) -> list[int]:
    """Classes in which a delivery differs, the most obvious first: at least one."""
    together = [
        np.sum([_studentised((one[:, classes == k] ** 2).sum(axis=1)) for one in beside], axis=0)
        for k in compared
    ]
    both = [
        np.maximum(mean, _studentised(near)) for mean, near in zip(apart, together, strict=True)
    ]
    order = sorted(range(len(compared)), key=lambda row: -both[row][0])
    sure = [compared[row] for row in order if _p(both[row]) <= level]
    return sure or [compared[order[0]]]


def _whitened(vectors: _Array, classes: _Array, probabilities: _Array, reference: _Array) -> _Array:
    """(M + N, D) float32, half whitened: what class and probabilities do not tell of the vectors.

    How probabilities tell of vectors is learned from the reference, (M + N,) bool, alone: a new
    class that is seen by its probabilities too would explain itself away. With few slopes and many
    images that hardly shows in the permutations; the scales are of both sides together.
    """
    explained = _centred(probabilities.astype(np.float64), classes)
    residuals = _centred(vectors, classes)
    own = _centred(explained[reference], classes[reference])
    least = _LEAST_EXPLAINED * max(float(np.trace(own.T @ own)), 1e-9) * np.eye(own.shape[1])
    goal = _centred(residuals[reference], classes[reference])
    slopes = np.linalg.solve(own.T @ own + least, own.T @ goal)
    residuals = (residuals - explained @ slopes).astype(np.float32)
    return whitened(residuals, _RIDGE)


def _centred(values: _Array, classes: _Array) -> _Array:
    """(n, d) values less the mean of their class."""
    result = values.copy()
    for k in np.unique(classes):
        result[classes == k] -= values[classes == k].mean(axis=0)
    return result


def _moved(features: _Array, picks: _Array) -> _Array:
    """(1 + R, D) sum of the delivery's features less what is expected of so many images of both.

    Args:
        picks: (1 + R, n) who is of the delivery.
    """
    return np.asarray(picks @ features - picks[0].sum() * features.mean(axis=0))


def _studentised(statistic: _Array) -> _Array:
    """(1 + R,) in standard deviations of the permuted ones."""
    spread = float(statistic[1:].std())
    return np.asarray((statistic - statistic[1:].mean()) / (spread if spread > 0 else 1.0))


def _joint_p(statistics: _Array) -> float:
    """The p of the first column of (S, 1 + R) statistics, by the better of two ways to join them.

    The smallest p of each column finds what one statistic sees, the sum of their logs (Fisher) what
    several see a little of. Ties are broken by how far out they are, each statistic in its own
    standard deviations. Columns are compared with columns all along, so the level holds.
    """
    from scipy.stats import rankdata  # half a second to import

    ranks = np.stack([rankdata(-row, method="max") for row in statistics])
    far = np.stack([_studentised(row) for row in statistics])
    one = _places(ranks.min(axis=0), far.max(axis=0))
    several = _places(np.log(ranks).sum(axis=0), far.sum(axis=0))
    joint = _places(np.minimum(one, several), -(one + several))
    return float(joint[0] / statistics.shape[1])


def _places(small: _Array, far: _Array) -> _Array:
    """(1 + R,) place of each column, the smallest value first, of equal ones the farthest; columns
    that are equal in both share the last of their places."""
    order = np.lexsort((-far, small))
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(1, len(order) + 1)
    _, same = np.unique(np.stack([small, far]), axis=1, return_inverse=True)
    last = np.zeros(int(same.max()) + 1, np.intp)
    np.maximum.at(last, same.ravel(), places)
    return np.asarray(last[same.ravel()])


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
