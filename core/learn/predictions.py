"""What Winnow says of every image of a pool: scores from text, and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.learn.heads.names import PLAIN

if TYPE_CHECKING:
    from core.learn.models.base import Prediction
    from core.learn.models.cluster_prior import Verdict
    from core.learn.models.refine import Collapse, RefineStep

_WIDE, _ROWS = 64, 4_096  # classes from which rows are gone through in blocks; of so many
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

    def logits_of(self, rows: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """(n, K) float32 of some rows, without those of all."""
        return self.scores[rows] / self.temperature

    @cached_property
    def taken(self) -> np.ndarray:
        """(N,) the class that takes each image; the first of several."""
        parts = (slice(begin, begin + _ROWS) for begin in range(0, len(self.scores), _ROWS))
        return np.concatenate([self.logits_of(part).argmax(axis=1) for part in parts])


@dataclass(frozen=True)
class WordUse:
    """What part words have in predictions.

    Attributes:
        template: which columns speak.
        images, texts: how many images have words, and how many different ones.
        agree: whether words and pictures say the same more often than by chance, so that words
            count without labels.
        weight: what share the words have in what is learned from labels, 0 to 1; None without any.
    """

    template: str
    images: int
    texts: int
    agree: bool
    weight: float | None


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a fit leaves behind for images that are not of the pool.

    Attributes:
        learned: the fit; its (N, K) probabilities are dropped.
        temperatures: what log probabilities of images without words, and of those with, were
            divided by in all, once their neighbours were heard.
    """

    learned: Prediction
    temperatures: tuple[float, float]


@dataclass(frozen=True, eq=False)
class GroupLabels:
    """Labels of groups, of images of which nobody said which class of the group.

    Attributes:
        nodes: (N,) int, the group as a node of the class tree, -1 for none.
        audit: (g,) rows of the audit sample that have one.
        unseen: (g, K) float32 probabilities of those, as `Predictions.unseen`.
    """

    nodes: np.ndarray
    audit: np.ndarray
    unseen: np.ndarray


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
        of_groups: labels of groups of classes; None where no image has one alone.
        head: how labels were learned from, a name in `core.learn.heads.names.NAMES`.
        words: what part words have in them; None for pictures alone.
        votes: spec of each encoder that votes and what it counts, the active one first; they sum
            to 1. Empty where the active one decides alone.
        fitted: what was learned, for images from elsewhere; None without labels.
        placed: (N,) int, the class or group of classes that each image is put in, -1 for what goes
            to review; None: as the export's choices say.
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
    head: str = PLAIN
    words: WordUse | None = None
    votes: tuple[tuple[str, float], ...] = ()
    placed: np.ndarray | None = None
    fitted: Fitted | None = None
    of_groups: GroupLabels | None = None

    @property
    def groups(self) -> np.ndarray | None:
        """(N,) int, see `GroupLabels.nodes`; None where no image has a group alone."""
        return None if self.of_groups is None else self.of_groups.nodes

    @property
    def audit_groups(self) -> np.ndarray:
        """(g,) rows, see `GroupLabels.audit`."""
        return np.empty(0, np.intp) if self.of_groups is None else self.of_groups.audit

    @property
    def unseen_groups(self) -> np.ndarray:
        """(g, K) float32, see `GroupLabels.unseen`."""
        return self.probabilities[:0] if self.of_groups is None else self.of_groups.unseen

    @property
    def labeled(self) -> np.ndarray:
        """(N,) bool, images with a label of a class or a group."""
        return self.human >= 0 if self.groups is None else (self.human >= 0) | (self.groups >= 0)

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
            second, first = self._best_two
            lead = first - second
        return np.where(self.human >= 0, 1.0, lead).astype(np.float32)

    def ratio(self) -> np.ndarray:
        """(N,) float64, how many times as probable as the second class the most probable one is.

        From 1; infinite where there is no second, or a person decided.
        """
        result = np.full(len(self.human), np.inf)
        if self.probabilities.shape[1] > 1:
            second, first = (each.astype(np.float64) for each in self._best_two)
            # Of two that are not finite numbers nothing can be told: not a number, so not enough.
            np.divide(first, second, out=result, where=~(second == 0))
        return np.where(self.human >= 0, np.inf, result)

    @cached_property
    def _best_two(self) -> tuple[np.ndarray, np.ndarray]:
        """Asked for by nearly every page, and slow to find among very many classes."""
        second, first = best_two(self.probabilities)
        return second.copy(), first.copy()  # not what they were views of


def best_two(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) the second highest and (N,) the highest of each row (N, K), K from 2."""
    if probabilities.shape[1] <= _WIDE:
        second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
        return second, first
    second, first = np.empty((2, len(probabilities)), probabilities.dtype)
    for begin in range(0, len(probabilities), _ROWS):  # three times as quick as a partition
        part = probabilities[begin : begin + _ROWS].copy()
        own = np.arange(len(part)), part.argmax(axis=1)
        first[begin : begin + _ROWS] = part[own]
        part[own] = -np.inf
        second[begin : begin + _ROWS] = part.max(axis=1)
    return second, first
