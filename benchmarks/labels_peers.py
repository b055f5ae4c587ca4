"""scikit-activeml's query strategies as queues of a simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from skactiveml.base import SkactivemlClassifier
from skactiveml.pool import Badge, CoreSet, ProbCover, TypiClust, UncertaintySampling
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances

from core.learn.asking.simulation import Ask, Scene
from core.learn.models.base import Beliefs

CANDIDATES = 2_000  # that BADGE looks at, drawn anew each round: its memory is rows x D x classes


class Told(SkactivemlClassifier):
    """A classifier whose probabilities are known; what it is given are row numbers (n, 1)."""

    def __init__(
        self,
        chances: np.ndarray | None = None,
        vectors: np.ndarray | None = None,
        classes: list[int] | None = None,
        missing_label: float = np.nan,
        cost_matrix: np.ndarray | None = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(classes, missing_label, cost_matrix, random_state)
        self.chances, self.vectors = chances, vectors

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Told:
        return self

    def predict_proba(self, X: np.ndarray) -> Any:
        rows = X[:, 0].astype(int)
        if self.vectors is None:
            return self.chances[rows]
        return self.chances[rows], self.vectors[rows]  # with the embeddings, as BADGE wants them


@dataclass(frozen=True)
class Peer:
    """A strategy. `cold`: it can choose without any label; `model`: it asks the model."""

    make: Callable[[Scene, int], Any]
    cold: bool
    model: bool


def _typiclust(scene: Scene, seed: int) -> TypiClust:
    # Mini-batches from 50 clusters on, as in the authors' own code.
    settings = {"n_init": 1, "random_state": seed}
    return TypiClust(cluster_algo=MiniBatchKMeans, cluster_algo_dict=settings, random_state=seed)


def _probcover(scene: Scene, seed: int) -> ProbCover:
    distances: dict[int, np.ndarray] = {}

    def once(points: np.ndarray) -> np.ndarray:
        if len(points) not in distances:
            distances[len(points)] = pairwise_distances(points)
        return distances[len(points)]

    classes = scene.logits.shape[1]
    return ProbCover(n_classes=classes, distance_func=once, random_state=seed)


PEERS: dict[str, Peer] = {
    "sk random": Peer(lambda scene, seed: None, cold=False, model=False),
    "sk margin": Peer(
        lambda _, seed: UncertaintySampling("margin_sampling", random_state=seed), False, True
    ),
    "sk entropy": Peer(
        lambda _, seed: UncertaintySampling("entropy", random_state=seed), False, True
    ),
    "sk coreset": Peer(lambda _, seed: CoreSet(random_state=seed), True, False),
    "sk typiclust": Peer(_typiclust, True, False),
    "sk probcover": Peer(_probcover, True, False),
    "sk badge": Peer(lambda _, seed: Badge(random_state=seed), False, True),
}


def peer(name: str, scene: Scene) -> Ask:
    """The strategy as a queue over the images that are not held out."""
    rows = np.setdiff1d(np.arange(len(scene.truth)), scene.heldout)
    vectors = scene.vectors[rows]
    numbers = np.arange(len(rows), dtype=float)[:, None]
    classes = list(range(scene.logits.shape[1]))
    strategy: Any = None

    def ask(
        prediction: Beliefs,
        labeled: np.ndarray,
        available: np.ndarray,
        classes_of: np.ndarray,
        size: int,
        seed: int,
    ) -> np.ndarray:
        nonlocal strategy
        rng = np.random.default_rng(seed)
        if name == "sk random":
            return rng.permutation(available)[:size]
        if strategy is None:
            strategy = PEERS[name].make(scene, seed)
        labels = np.full(len(rows), np.nan)
        labels[np.searchsorted(rows, labeled)] = classes_of
        if not PEERS[name].model:
            return rows[strategy.query(vectors, labels, batch_size=size)]
        embeddings = vectors if name == "sk badge" else None
        model = Told(prediction.probabilities[rows], embeddings, classes).fit(numbers, labels)
        candidates = np.searchsorted(rows, available)
        if name == "sk badge":
            candidates = np.sort(rng.permutation(candidates)[:CANDIDATES])
        options = {"candidates": candidates, "fit_clf": False, "batch_size": size}
        return rows[np.asarray(strategy.query(numbers, labels, model, **options), dtype=int)]

    return ask
