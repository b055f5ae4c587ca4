"""The models that can be compared: Winnow's own, what people usually do, and prompts alone.

`MODELS` is the one list of them: Metrics → Compare models, `winnow simulate --model-kind` and the
benchmarks read it. To add one, write a class with the methods of `core.learn.models.base.Model` and
give it a row; `tests/learn/test_comparison_models.py` checks it along with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.names import AUTO, PLAIN
from core.learn.models.base import Model
from core.learn.models.recipes import START, PromptsAlone, Regression
from core.learn.strategies import DEFAULT

if TYPE_CHECKING:
    from core.learn.models.neighbourhood import Graph
    from core.learn.voting.learner import Beside
    from core.learn.words.block import Words

__all__ = ["MODELS", "WINNOW", "ComparisonModel", "Material", "entry_of", "model_of"]

WINNOW = "fused"
"""Winnow's own model, which the others are compared with."""

AUDIT_SHARE = 0.2
"""Share of the labels that goes to the audit stream, as in the app."""


@dataclass(frozen=True, eq=False)
class Material:
    """What a model is made from: one pool and one set of classes.

    Attributes:
        vectors: (N, D) float32 unit image vectors.
        logits: (N, K) float32 zero-shot logits, that is score / temperature.
        scores: (N, K) zero-shot scores for the prompt hits of the queue; logits when None.
        graph: neighbours of the pool; None: no neighbourhood layer.
        clusters: whether the cluster prior may take part, where it helps.
        words: what the images say in words, which Winnow's own model alone reads.
        head: how Winnow's own model learns from labels: a name in `core.learn.heads.names.NAMES`,
            or "auto" for the best by the labels.
        others: the pictures as other encoders see them, for Winnow's own model alone.
    """

    vectors: NDArray[np.float32]
    logits: NDArray[np.float32]
    scores: NDArray[np.floating] | None = None
    graph: Graph | None = None
    clusters: bool = True
    words: Words | None = None
    head: str = PLAIN
    others: Sequence[Beside] = ()


@dataclass(frozen=True, eq=False)
class ComparisonModel:
    """One model to compare, and how labeling with it is played when nobody says otherwise.

    Attributes:
        title: a line for people.
        make: the model of a pool.
        neighbours: whether it looks at `Material.graph`, which takes a while to find.
        strategy: how it asks, a name in `core.learn.strategies.STRATEGIES`.
        audit_share: share of the labels that goes to the audit stream, 0 to 1.
        random_start: labels drawn at random before the strategy takes over.
    """

    title: str
    make: Callable[[Material], Model]
    neighbours: bool = False
    strategy: str = DEFAULT
    audit_share: float = AUDIT_SHARE
    random_start: int = 0


def _fused(of: Material) -> Model:
    from core.learn.models.learner import Learner  # scipy, which listing the models does not need

    material = of.vectors, of.logits, of.scores, of.graph, of.clusters, of.words
    learner = Learner(*material)
    if of.others:
        from core.learn.voting.learner import VotingLearner

        learner = VotingLearner(*material, of.others)
    if of.head != AUTO:
        return learner.headed(of.head)
    from core.learn.heads.automatic import Automatic

    return Automatic(learner)


def _regression(of: Material) -> Model:
    return Regression(of.vectors, of.logits, of.scores)


def _tuned_regression(of: Material) -> Model:
    return Regression(of.vectors, of.logits, of.scores, tuned=True)


def _prompts_alone(of: Material) -> Model:
    return PromptsAlone(of.vectors, of.logits, of.scores)


MODELS: dict[str, ComparisonModel] = {
    WINNOW: ComparisonModel(
        "Winnow: prompts, labels and look-alikes together", _fused, neighbours=True
    ),
    # "recipe" and "lr" are one model; the usual recipe is that model together with its queue.
    "recipe": ComparisonModel(
        "the usual recipe: logistic regression, C = 1, prompts forgotten at 10 labels",
        _regression,
        strategy="margin",
        audit_share=0.0,
        random_start=START,
    ),
    "lr": ComparisonModel("logistic regression, C = 1", _regression),
    "lr-cv": ComparisonModel("logistic regression, C tuned by cross-validation", _tuned_regression),
    "zero-shot": ComparisonModel("prompts alone", _prompts_alone),
}
"""Name, as on the command line, to model; Winnow's own first."""


def entry_of(name: str) -> ComparisonModel:
    """Return the row of `MODELS` with a name.

    Raises ValueError, with a sentence that lists the names, when there is none.
    """
    if name not in MODELS:
        raise ValueError(
            f"There is no kind of model called {name!r}: choose one of {', '.join(MODELS)}."
        )
    return MODELS[name]


def model_of(name: str, of: Material) -> Model:
    """Return the model of some material by its name; ValueError when there is none of the name."""
    return entry_of(name).make(of)
