"""What every model of a collection can do, Winnow's own and those that it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.learn.strategies import DEFAULT

if TYPE_CHECKING:
    from core.learn.models.cluster_prior import Verdict
    from core.learn.models.fused import Scorer

__all__ = ["Beliefs", "Model", "Prediction"]


class Beliefs(Protocol):
    """What a model believes about every image of a collection."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(N, K) class probabilities, rows sum to 1."""
        ...

    @property
    def counts(self) -> NDArray[np.int64]:
        """(K,) labels per class."""
        ...


@dataclass(frozen=True, eq=False)
class Prediction:
    """What `core.learn.models.learner` believes about every image of a pool.

    `probabilities` (N, K) float32, rows sum to 1; `weights` maps each trust in the prompts to its
    share; `labeled` counts the distinct labeled rows; `counts` (K,) labels per class; `model`
    scores images that are not of the pool (without clusters and neighbours); `clusters`: whether
    the cluster prior took part; `unseen` (t, K) are of the rows that were to be judged, `wordless`
    (t, K) of the same as if they had no words, None where that was not asked; `lift` (K,) is what
    probabilities were multiplied with for the head's sake, None for nothing.
    """

    probabilities: NDArray[np.float32]
    weights: dict[float, float]
    labeled: int
    counts: NDArray[np.int64]
    model: Scorer
    clusters: Verdict
    unseen: NDArray[np.float32]
    wordless: NDArray[np.float32] | None = None
    lift: NDArray[np.float32] | None = None


class Model(Protocol):
    """A model of one pool and one set of classes. It holds no labels."""

    def fit(
        self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int = 0
    ) -> Beliefs:
        """Learn from labels, rows (n,) and their classes (n,), n >= 0, and predict the pool.

        Numbering the classes otherwise numbers the result likewise.
        """
        ...

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = 10,
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `targets` by models that did not see them.

        rows, classes: (n,) all labels. targets: distinct rows, dealt into at most `folds` groups,
        each judged by a model of the other labels.
        """
        ...

    def next_batch(
        self,
        prediction: Any,  # of the model's own
        labeled: NDArray[np.integer],
        available: NDArray[np.integer],
        size: int,
        strategy: str = DEFAULT,
        seed: int = 0,
    ) -> NDArray[np.intp]:
        """Return up to `size` rows worth labeling, see `core.learn.asking.queue.next_batch`.

        prediction: what `fit` returned.
        """
        ...
