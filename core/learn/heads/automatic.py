"""Winnow's own model with the head that the labels speak for, as it is played in simulations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.choosing import contest
from core.learn.heads.names import PLAIN
from core.learn.models.base import Prediction
from core.learn.models.learner import Learner
from core.learn.strategies import DEFAULT

__all__ = ["Automatic"]


class Automatic:
    """A model as `core.learn.models.base.Model` has it: plain at first, then as `settle` found.

    Attributes:
        head: the head in use, a name in `core.learn.heads.names.NAMES`.
    """

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self.head = PLAIN

    def settle(
        self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int = 0
    ) -> bool:
        """Compare all heads by macro F1 on labels (n,), use the best, and say whether it changed.

        Images judged by it are no longer quite unseen: their labels had a say in this choice of
        one of nine, though none in the model that judges them.
        """
        before, self.head = self.head, contest(self._learner, rows, classes, seed=seed).best
        return before != self.head

    def fit(
        self, rows: NDArray[np.integer], classes: NDArray[np.integer], seed: int = 0
    ) -> Prediction:
        """As `Learner.fit`."""
        return self._learner.headed(self.head).fit(rows, classes, seed)

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = 10,
    ) -> NDArray[np.float32]:
        """As `Learner.cross_fitted`."""
        return self._learner.headed(self.head).cross_fitted(rows, classes, targets, seed, folds)

    def next_batch(
        self,
        prediction: Any,
        labeled: NDArray[np.integer],
        available: NDArray[np.integer],
        size: int,
        strategy: str = DEFAULT,
        seed: int = 0,
    ) -> NDArray[np.intp]:
        """As `Learner.next_batch`."""
        return self._learner.next_batch(prediction, labeled, available, size, strategy, seed)
