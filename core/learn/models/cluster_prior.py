"""The cluster prior: what labels say of a group of look-alikes, where that is seen to help.

The collection is cut into groups of look-alike images (k-means, five a class). Where the labels of
a group are of other classes than the model expects there, its images are moved: each class's share
in the group is taken as (labels of it + 10 times the model's own share) / (labels + 10), a
Dirichlet prior of ten images about the model, and probabilities are multiplied by that share over
the model's own. A group without labels stays as it is.

Groups follow background and light as happily as classes, so the prior must earn its place: labels
are judged by models that did not see them, with the prior and without, and it is used only
where their mean log-likelihood rises by more than its standard error.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from core.learn.models.frame import Frame
from core.learn.models.fused import Fit
from core.runtime.rows import is_stored

__all__ = ["Beliefs", "Groups", "Verdict", "enough", "verdict"]

_PER_CLASS = 5  # groups: fewer of them hold several classes each
_PRIOR_IMAGES = 10.0
_LEAST_LABELS = 20
_LABELS_PER_CLASS = 2
_IMAGES_PER_GROUP = 10  # of the collection; smaller groups say nothing
_SAMPLE = 2_000  # images, of all groups together, that the model's shares are averaged over
_TRAINING_ROWS = 10_000
_ROUNDS = 15
_TINY = 1e-30  # what a probability of zero counts as in logs

_Float = NDArray[np.float32]
_Array = NDArray[np.float64]
_Rows = NDArray[np.intp]
Beliefs = Callable[[_Rows], _Float]
"""From rows (n,) of a collection to a model's probabilities (n, K)."""


@dataclass(frozen=True)
class Verdict:
    """Whether the cluster prior is used.

    `gain`: mean rise of the log-likelihood of labels that the model did not see, in nats; `error`:
    its standard error. None: not tried, for want of labels or images.
    """

    gain: float | None = None
    error: float = 0.0

    @property
    def used(self) -> bool:
        """Whether the gain is more than its standard error."""
        return self.gain is not None and self.gain > self.error

    def sentence(self) -> str:
        """What a screen says of it."""
        if self.gain is None:
            return "Clusters take no part in the predictions: too few labels or images for it."
        if self.used:
            return "Clusters take part in the predictions: labels kept aside fit better with them."
        return "Clusters take no part in the predictions: labels kept aside fit no better so."


def enough(images: int, classes: int, labels: int) -> bool:
    """Whether the prior can be tried: 20 labels and two a class, ten images a group."""
    wanted = max(_LEAST_LABELS, _LABELS_PER_CLASS * classes)
    return classes > 1 and labels >= wanted and images >= _IMAGES_PER_GROUP * _PER_CLASS * classes


def verdict(gains: _Array) -> Verdict:
    """Judge by the gains (m,) of labels: `Groups.gains`."""
    if len(gains) < 2:
        return Verdict()
    return Verdict(float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains))))


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition of N images.

    `of` (N,) int32 group of each image, `count` groups, some perhaps empty; `sample`: rows that
    stand for their groups, about as many of each.
    """

    of: NDArray[np.int32]
    count: int
    sample: _Rows

    @classmethod
    def make(cls, vectors: _Float, frame: Frame, classes: int) -> "Groups":
        """Group (N, D) vectors for a vocabulary, by k-means on the features of 10,000 at most.

        Images are put in an order that depends on what they are and not on where they stand, and
        the start and the sample are taken from it; so permuting images permutes the result.
        """
        count = min(_PER_CLASS * classes, len(vectors))
        direction = np.random.default_rng(0).normal(size=vectors.shape[1])
        towards = np.asarray(direction, dtype=np.float32)
        # Of stored vectors not all features are laid out: the same products without them.
        features = None if is_stored(vectors) else frame.features(vectors)
        along = vectors @ frame.back(towards) if features is None else features @ towards
        order = np.argsort(along, kind="stable").astype(np.intp)
        rows = order[np.linspace(0, len(order) - 1, min(_TRAINING_ROWS, len(order))).astype(int)]
        if features is None:
            of = _partition_stored(vectors, frame, rows, count)
        else:
            of = _partition(features, rows, count)
        by_group = order[np.argsort(of[order], kind="stable")]
        sizes = np.bincount(of, minlength=count)
        rank = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        # So many of each group, evenly spaced in the order.
        share = max(1, _SAMPLE // count) / sizes[of[by_group]]
        sampled = np.floor((rank + 1) * share) > np.floor(rank * share)
        return cls(of, count, by_group[sampled])

    def factors(self, sampled: _Float, rows: _Rows, targets: _Array) -> _Float:
        """Return (count, K) what to multiply the probabilities of each group with.

        sampled: (S, K) the model's probabilities of `sample`. rows, targets: labeled rows (m,) and
        their class shares (m, K).
        """
        classes = targets.shape[1]
        votes = _sums(self.of[rows], targets, self.count)
        # One more image of all classes alike, so that no share is nil by chance.
        expected = _sums(self.of[self.sample], sampled, self.count) + 1.0 / classes
        expected /= expected.sum(axis=1, keepdims=True)
        labels = votes.sum(axis=1, keepdims=True)
        shares = (votes + _PRIOR_IMAGES * expected) / (labels + _PRIOR_IMAGES)
        return np.where(labels > 0, shares / expected, 1.0).astype(np.float32)

    def moved(self, probabilities: _Float, rows: _Rows, targets: _Array) -> _Float:
        """Return (N, K) probabilities of the collection with the prior, from those without."""
        result = self.factors(probabilities[self.sample], rows, targets)[self.of]
        result *= probabilities
        result /= result.sum(axis=1, keepdims=True)
        return result

    def moving(self, believed: Beliefs, rows: _Rows, targets: _Array) -> Beliefs:
        """Return what `moved` makes of a model's probabilities, for some images at a time.

        believed: from rows (n,) to the model's probabilities (n, K).
        """
        factors = self.factors(believed(self.sample), rows, targets)

        def moved(some: _Rows) -> _Float:
            result = believed(some) * factors[self.of[some]]
            result /= result.sum(axis=1, keepdims=True)
            return result

        return moved

    def gains(
        self,
        fit: Fit,
        vectors: _Float,
        offsets: NDArray[np.floating],
        rows: _Rows,
        targets: _Array,
    ) -> _Array:
        """Return (m,) the rise of each label's log-likelihood under models that did not see it.

        fit: of the labeled rows (m,) with class shares targets (m, K). vectors, offsets: (N, D)
        and (N, K) of the collection.
        """
        result = np.zeros(len(rows))
        for fold, model in enumerate(fit.others):
            out = fit.folds == fold
            if not out.any() or out.all():
                continue
            asked = np.concatenate([self.sample, rows[out]])
            chances = model.predict(vectors[asked], offsets[asked])
            sampled, own = chances[: len(self.sample)], chances[len(self.sample) :]
            factors = self.factors(sampled, rows[~out], targets[~out])[self.of[rows[out]]]
            moved = own * factors
            moved /= moved.sum(axis=1, keepdims=True)
            rise = np.log(np.maximum(moved, _TINY)) - np.log(np.maximum(own, _TINY))
            result[out] = (targets[out] * rise).sum(axis=1)
        return result


def _partition_stored(vectors: _Float, frame: Frame, rows: _Rows, count: int) -> NDArray[np.int32]:
    """Return what `_partition` does, from vectors (N, D) that stay on disk."""
    some = np.sort(rows)
    features = frame.features(vectors[some])
    learned = _partition(features, np.searchsorted(some, rows), count)
    present, places = np.unique(learned, return_inverse=True)
    sums = _sums(places, features.astype(np.float64), len(present))
    centres = sums / np.bincount(places)[:, None]
    # The nearest centre m of features f has the greatest f m - m m / 2, and f is linear in vectors.
    shift = frame.centre @ frame.turn @ centres.T + 0.5 * (centres**2).sum(axis=1)
    nearest = np.empty(len(vectors), dtype=np.int32)
    back = frame.back(centres.T.astype(np.float32))
    near = vectors @ back
    near -= shift.astype(np.float32)
    nearest[:] = present[near.argmax(axis=1)]
    return nearest


def _partition(features: _Float, rows: _Rows, count: int) -> NDArray[np.int32]:
    """Return the group (N,) of each image, learned on some rows, the nearest centre for others."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    start = features[np.random.default_rng(0).permutation(rows)[:count]]
    model = KMeans(count, init=start, n_init=1, max_iter=_ROUNDS)
    # Threads that wait for each other on a busy machine cost more than they bring.
    with warnings.catch_warnings(), threadpool_limits(1, user_api="openmp"):
        # Fewer different images than groups: some stay empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(features[rows]).predict(features).astype(np.int32)


def _sums(groups: NDArray[np.integer], values: NDArray[np.floating], count: int) -> _Array:
    """Return (count, K) the sums of the rows of `values` (n, K) by group (n,)."""
    places = (groups, np.arange(len(groups)))
    return csr_array((np.ones(len(groups)), places), shape=(count, len(groups))) @ values
