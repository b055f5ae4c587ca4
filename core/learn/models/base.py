"""What every model of a collection can do, Winnow's own and those that it is compared with."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.learn.strategies import DEFAULT

__all__ = ["Beliefs", "Model"]


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
