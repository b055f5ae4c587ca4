"""What Winnow says of every image of a pool: scores from text, and predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from core.learn.models.cluster_prior import Verdict
    from core.learn.models.refine import Collapse, RefineStep

Source = Literal["human", "model", "prompt"]


@dataclass(frozen=True, eq=False)
class ZeroShot:
    """Scores of the pool against a vocabulary.

    Attributes:
        scores: (N, K) float32, centred where the encoder asks for it.
        temperature: what scores are divided by before the softmax.
        prototypes: (K, D) float32 what images are scored with, unit norm.
        log: the steps of prototype refinement; empty without it.
        collapsed: classes that it left without most of their images.
    """

    scores: np.ndarray
    temperature: float
    prototypes: np.ndarray
    log: tuple[RefineStep, ...] = ()
    collapsed: tuple[Collapse, ...] = ()

    @property
    def logits(self) -> np.ndarray:
        """(N, K) float32 scores over the temperature, what a softmax takes."""
        return self.scores / self.temperature


@dataclass(frozen=True, eq=False)
class Predictions:
    """What Winnow says of every image of a pool.

    Attributes:
        names: (K,) classes.
        probabilities: (N, K) float32 of the model, also for images that people labeled.
        scores: (N, K) float32 zero-shot scores.
        human: (N,) int, the class that people gave, -1 for none.
        assigned: (N,) int, the human class where there is one, else the most probable.
        model: "prompt" without labels, "model" when labels took part.
        outside: labeled images whose class is not in the vocabulary: they take no part.
        log, collapsed: of prototype refinement, as of `ZeroShot`.
        temperature: what the model's log probabilities were divided by, fitted to the audit
            images; 1 until there are enough of them. ``probabilities`` are after it.
        clusters: whether the cluster prior took part in them; None without labels.
        audit: (a,) rows of the audit sample that have a class.
        unseen: (a, K) probabilities of those by models that did not see them, before the
            temperature.
    """

    names: list[str]
    probabilities: np.ndarray
    scores: np.ndarray
    human: np.ndarray
    assigned: np.ndarray
    model: Source
    outside: int
    log: tuple[RefineStep, ...] = ()
    temperature: float = 1.0
    clusters: Verdict | None = None
    audit: np.ndarray = field(default_factory=lambda: np.empty(0, np.intp))
    unseen: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    collapsed: tuple[Collapse, ...] = ()

    def source(self, row: int) -> Source:
        """Who decided the class of one image."""
        return "human" if self.human[row] >= 0 else self.model

    def assigned_probability(self) -> np.ndarray:
        """(N,) float32 probability of the assigned class; 1 where a person decided."""
        own = self.probabilities[np.arange(len(self.assigned)), self.assigned]
        return np.where(self.human >= 0, 1.0, own).astype(np.float32)

    def margin(self) -> np.ndarray:
        """(N,) float32 lead of the most probable class over the second; 1 for a person's class."""
        if self.probabilities.shape[1] < 2:
            lead = self.probabilities[:, 0]
        else:
            second, first = np.partition(self.probabilities, -2, axis=1)[:, -2:].T
            lead = first - second
        return np.where(self.human >= 0, 1.0, lead).astype(np.float32)

    def ratio(self) -> np.ndarray:
        """(N,) float64, how many times as probable as the second class the most probable one is.

        From 1; infinite where there is no second, or a person decided.
        """
        result = np.full(len(self.human), np.inf)
        if self.probabilities.shape[1] > 1:
            second, first = np.partition(self.probabilities.astype(np.float64), -2, axis=1)[
                :, -2:
            ].T
            # Of two that are not finite numbers nothing can be told: not a number, so not enough.
            np.divide(first, second, out=result, where=~(second == 0))
        return np.where(self.human >= 0, np.inf, result)
