"""The learner: prompts, labels and look-alikes to probabilities, and to the next images to ask."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.learn.calibration import with_temperature
from core.learn.frame import frame_of
from core.learn.fused import Model, check, fit, shares_of
from core.learn.neighbourhood import Graph, smooth
from core.learn.queue import Kind, next_batch

__all__ = ["Learner", "Prediction"]

_TINY = 1e-30  # what a probability of zero counts as in logs
_RELIEF = 1.35  # temperature that takes back what hearing neighbours adds to confidence


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the learner believes about every image of a pool.

    `probabilities` (N, K) float32, rows sum to 1; `weights` maps each trust in the prompts to its
    share; `labelled` counts the distinct labelled rows; `counts` (K,) labels per class; `model`
    scores images that are not of the pool (without neighbours).
    """

    probabilities: NDArray[np.float32]
    weights: dict[float, float]
    labelled: int
    counts: NDArray[np.int64]
    model: Model


class Learner:
    """The model of one pool and one vocabulary. Holds no labels.

    Args:
        vectors: (N, D) unit image vectors.
        logits: (N, K) zero-shot logits, that is score / temperature.
        scores: (N, K) zero-shot scores for the prompt hits of the queue; logits when None.
        graph: neighbours of the pool; None: no neighbourhood layer.

    Raises ValueError for shapes that do not match or values that are not finite.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        logits: NDArray[np.float32],
        scores: NDArray[np.floating] | None = None,
        graph: Graph | None = None,
    ) -> None:
        check(vectors, logits)
        if graph is not None and len(graph) != len(vectors):
            raise ValueError(f"the graph is of {len(graph)} images, the vectors {len(vectors)}")
        self._vectors, self._logits = vectors, logits
        self._scores = logits if scores is None else scores
        self._graph = graph
        self._frame = frame_of(vectors)

    def fit(
        self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int = 0
    ) -> Prediction:
        """Learn from labels, rows (n,) and their classes (n,), and predict the pool.

        A row may come twice: equal labels count once, conflicting ones share the image equally. No
        labels: zero-shot exactly. Raises ValueError for rows or classes out of range.
        """
        units, targets = shares_of(rows, classes, *self._logits.shape)
        model = self._models(units, targets, [], seed)[0]
        counts = np.bincount(classes, minlength=self._logits.shape[1]).astype(np.int64)
        probabilities = self._predict(model, units, targets)
        return Prediction(probabilities, model.shares, len(units), counts, model)

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = 10,
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `targets` by models that did not see them.

        rows, classes: all labels. targets: distinct rows to judge, dealt into at most `folds`
        groups; each group is judged by everything learned from the other labels, neighbours
        included. Rows without a label may be among them.
        """
        units, shares = shares_of(rows, classes, *self._logits.shape)
        deal = np.random.default_rng(seed).permutation(len(targets)) % folds
        groups = [targets[deal == fold] for fold in range(folds) if (deal == fold).any()]
        held = [np.flatnonzero(np.isin(units, group)) for group in groups]
        models = self._models(units, shares, held, seed)[1:]
        result = np.empty((len(targets), self._logits.shape[1]), np.float32)
        for model, group, out in zip(models, groups, held, strict=True):
            kept = np.delete(np.arange(len(units)), out)
            probabilities = self._predict(model, units[kept], shares[kept])
            result[np.isin(targets, group)] = probabilities[targets[np.isin(targets, group)]]
        return result

    def next_batch(
        self,
        prediction: Prediction,
        labelled: NDArray[np.integer],
        available: NDArray[np.integer],
        size: int,
        kind: Kind = "uherding",
        seed: int = 0,
    ) -> NDArray[np.intp]:
        """Return up to `size` rows worth labeling, the most useful first (no audit draws).

        labelled: rows that have a label. available: rows that may be asked for. kind, seed: see
        `core.learn.queue.next_batch`.
        """
        return next_batch(
            prediction.probabilities,
            self._vectors,
            labelled,
            available,
            size,
            kind,
            seed,
            scores=self._scores,
            counts=prediction.counts,
        )

    def _models(
        self,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        held: list[NDArray[np.intp]],
        seed: int,
    ) -> list[Model]:
        return fit(self._frame, self._vectors[units], self._logits[units], targets, held, seed)

    def _predict(
        self, model: Model, units: NDArray[np.intp], targets: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return the model's probabilities of the pool, neighbours heard once there are labels."""
        probabilities = model.predict(self._vectors, self._logits)
        if self._graph is None or len(units) == 0:
            return probabilities
        logs = np.log(np.maximum(probabilities, _TINY))
        smoothed = smooth(logs, self._graph, units, targets)
        return with_temperature(smoothed, _RELIEF)
