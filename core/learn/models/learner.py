"""The learner: prompts, labels and look-alikes to probabilities, and to the next images to ask."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.queue import next_batch
from core.learn.models.calibration import with_temperature
from core.learn.models.cluster_prior import Groups, Verdict, enough, verdict
from core.learn.models.frame import frame_of
from core.learn.models.fused import Fit, Model, check, fit, shares_of
from core.learn.models.neighbourhood import Graph, smooth
from core.learn.strategies import DEFAULT

__all__ = ["Learner", "Prediction"]

_FOLDS = 10
_Deal = tuple[NDArray[np.intp], NDArray[np.intp]]
"""A fold: places among the rows to judge, and places among the labeled rows to leave out."""

# Temperature that takes back what hearing neighbours adds to confidence: between what suits the
# starter (1.4 and more) and CLIP (1.2), see benchmarks/README.md.
_RELIEF = 1.35


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the learner believes about every image of a pool.

    `probabilities` (N, K) float32, rows sum to 1; `weights` maps each trust in the prompts to its
    share; `labeled` counts the distinct labeled rows; `counts` (K,) labels per class; `model`
    scores images that are not of the pool (without clusters and neighbours); `clusters`: whether
    the cluster prior took part; `unseen` (t, K) are of the rows that were to be judged.
    """

    probabilities: NDArray[np.float32]
    weights: dict[float, float]
    labeled: int
    counts: NDArray[np.int64]
    model: Model
    clusters: Verdict
    unseen: NDArray[np.float32]


class Learner:
    """The model of one pool and one vocabulary. Holds no labels.

    Args:
        vectors: (N, D) unit image vectors.
        logits: (N, K) zero-shot logits, that is score / temperature.
        scores: (N, K) zero-shot scores for the prompt hits of the queue; logits when None.
        graph: neighbours of the pool; None: no neighbourhood layer.
        clusters: whether the cluster prior may take part, where it helps.

    Raises ValueError for shapes that do not match or values that are not finite.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        logits: NDArray[np.float32],
        scores: NDArray[np.floating] | None = None,
        graph: Graph | None = None,
        clusters: bool = True,
    ) -> None:
        check(vectors, logits)
        if graph is not None and len(graph) != len(vectors):
            raise ValueError(f"the graph is of {len(graph)} images, the vectors {len(vectors)}")
        self._vectors, self._logits = vectors, logits
        self._scores = logits if scores is None else scores
        self._graph = graph
        self._frame = frame_of(vectors)
        self._clusters = clusters
        self._groups: Groups | None = None  # made when there are labels enough
        self._grouping = threading.Lock()

    def fit(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        seed: int = 0,
        judged: NDArray[np.integer] | None = None,
    ) -> Prediction:
        """Learn from labels, rows (n,) and their classes (n,), and predict the pool.

        A row may come twice: equal labels count once, conflicting ones share the image equally. No
        labels: zero-shot exactly. judged: rows to judge unseen on the way, as `cross_fitted` does
        it, for less than both cost. Raises ValueError for rows or classes out of range.
        """
        units, targets = shares_of(rows, classes, *self._logits.shape)
        asked = np.empty(0, dtype=np.intp) if judged is None else judged
        deal = _dealt(asked, units, seed, _FOLDS)
        fitted = self._fit(units, targets, deal, seed)
        gains = self._gains(fitted, units, targets)
        used = verdict(gains)
        return Prediction(
            self._predict(fitted.model, units, targets, used.used),
            fitted.model.shares,
            len(units),
            np.bincount(classes, minlength=self._logits.shape[1]).astype(np.int64),
            fitted.model,
            used,
            self._unseen(fitted, gains, units, targets, asked, deal),
        )

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = _FOLDS,
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `targets` by models that did not see them.

        rows, classes: all labels. targets: distinct rows to judge, dealt into at most `folds`
        groups; each group is judged by everything learned from the other labels, neighbours
        included. Rows without a label may be among them.
        """
        units, shares = shares_of(rows, classes, *self._logits.shape)
        deal = _dealt(targets, units, seed, folds)
        fitted = self._fit(units, shares, deal, seed)
        gains = self._gains(fitted, units, shares)
        return self._unseen(fitted, gains, units, shares, targets, deal)

    def next_batch(
        self,
        prediction: Prediction,
        labeled: NDArray[np.integer],
        available: NDArray[np.integer],
        size: int,
        strategy: str = DEFAULT,
        seed: int = 0,
    ) -> NDArray[np.intp]:
        """Return up to `size` rows worth labeling, the most useful first (no audit draws).

        labeled: rows that have a label. available: rows that may be asked for. strategy, seed:
        see `core.learn.asking.queue.next_batch`.
        """
        return next_batch(
            prediction.probabilities,
            self._vectors,
            labeled,
            available,
            size,
            strategy,
            seed,
            scores=self._scores,
            counts=prediction.counts,
        )

    def _fit(
        self,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        deal: list[_Deal],
        seed: int,
    ) -> Fit:
        held = [out for _, out in deal]
        return fit(self._frame, self._vectors[units], self._logits[units], targets, held, seed)

    def _unseen(
        self,
        fitted: Fit,
        gains: NDArray[np.float64],
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        asked: NDArray[np.integer],
        deal: list[_Deal],
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `asked`, each by a model that did not see it."""
        result = np.empty((len(asked), self._logits.shape[1]), np.float32)
        for model, (places, out) in zip(fitted.without, deal, strict=True):
            others = np.delete(np.arange(len(units)), out)
            used = len(gains) > 0 and verdict(gains[others]).used
            result[places] = self._predict(
                model, units[others], targets[others], used, asked[places]
            )
        return result

    def _gains(
        self, fitted: Fit, units: NDArray[np.intp], targets: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What the cluster prior brings each label; nothing where it is not to be tried."""
        if not self._clusters or not enough(len(self._logits), self._logits.shape[1], len(units)):
            return np.empty(0)
        with self._grouping:
            if self._groups is None:
                self._groups = Groups.make(self._vectors, self._frame, self._logits.shape[1])
        return self._groups.gains(fitted, self._vectors, self._logits, units, targets)

    def _predict(
        self,
        model: Model,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        clusters: bool,
        wanted: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Return probabilities of the pool or of the rows `wanted`, neighbours heard."""
        probabilities = model.predict(self._vectors, self._logits)
        if clusters and self._groups is not None:
            probabilities = self._groups.moved(probabilities, units, targets)
        silent = self._graph is None or len(units) == 0
        if self._graph is not None and not silent:
            probabilities = smooth(probabilities, self._graph, units, targets)
        if wanted is not None:
            probabilities = probabilities[wanted]
        return probabilities if silent else with_temperature(probabilities, _RELIEF)


def _dealt(
    asked: NDArray[np.integer], units: NDArray[np.intp], seed: int, folds: int
) -> list[_Deal]:
    """Deal rows to judge into folds; an image's own label and its fold's are left out with it."""
    deal = np.random.default_rng(seed).permutation(len(asked)) % folds
    places = [np.flatnonzero(deal == fold) for fold in range(min(folds, len(asked)))]
    return [(own, np.flatnonzero(np.isin(units, asked[own]))) for own in places]
