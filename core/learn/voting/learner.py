"""The learner of several encoders: one model each, and what they say is pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.learn.models.base import Prediction
from core.learn.models.fused import shares_of
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph
from core.learn.voting.weights import likelihoods, pooled, weights
from core.learn.words.block import Words

__all__ = ["Beside", "Voted", "VotingLearner"]

_FOLDS = 10

_Float = NDArray[np.float32]
_Rows = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Beside:
    """The pictures as another encoder sees them.

    Attributes:
        vectors: (n, D) float32 unit vectors of the images that it has seen.
        rows: (n,) rising, the rows of those in the pool.
        graph: neighbours among them; None: no neighbourhood layer.
    """

    vectors: _Float
    rows: NDArray[np.intp]
    graph: Graph | None = None


@dataclass(frozen=True, eq=False)
class Voted(Prediction):
    """A `Prediction` of several encoders.

    `votes` (V,) is what each counts, the first the pool's own; they sum to 1. `weights`, `model`,
    `clusters` and `lift` are of the first alone.
    """

    votes: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, eq=False)
class _Voice:
    """What another encoder's model says, in rows of the pool."""

    learner: Learner
    rows: NDArray[np.intp]

    def fit(
        self,
        rows: _Rows,
        classes: _Rows,
        seed: int,
        judged: _Rows,
        shares: NDArray[np.float64] | None,
    ) -> Prediction:
        own = np.isin(rows, self.rows)
        part = None if shares is None else shares[own]
        return self.learner.fit(self._places(rows), classes[own], seed, self._places(judged), part)

    def cross_fitted(
        self, rows: _Rows, classes: _Rows, targets: _Rows, seed: int, folds: int
    ) -> _Float:
        own = classes[np.isin(rows, self.rows)]
        places = self._places(rows), own, self._places(targets)
        return self.learner.cross_fitted(*places, seed, folds)

    def over(self, first: _Float, own: _Float, rows: _Rows) -> _Float:
        """(n, K) of rows (n,): ``own`` where the encoder has seen the image, else as the first."""
        result = first.copy()
        result[np.isin(rows, self.rows)] = own
        return result

    def _places(self, rows: _Rows) -> NDArray[np.intp]:
        return np.searchsorted(self.rows, rows[np.isin(rows, self.rows)]).astype(np.intp)


class VotingLearner(Learner):
    """A `Learner` whose pictures several encoders see.

    Zero-shot logits, words and the queue are those of the first encoder; each of the others learns
    from the same labels with its own picture vectors and neighbours. An image that another encoder
    has no vector of gets from it what the first says, so there the first decides alone.

    Args:
        others: the pictures as other encoders see them, at most three.
    """

    def __init__(
        self,
        vectors: _Float,
        logits: _Float,
        scores: NDArray[np.floating] | None = None,
        graph: Graph | None = None,
        clusters: bool = True,
        words: Words | None = None,
        others: Sequence[Beside] = (),
    ) -> None:
        super().__init__(vectors, logits, scores, graph, clusters, words)
        self._voices = tuple(
            _Voice(
                Learner(
                    other.vectors,
                    logits[other.rows],
                    graph=other.graph,
                    clusters=clusters,
                    words=None if words is None else words.take(other.rows),
                ),
                other.rows,
            )
            for other in others
        )

    def headed(self, name: str) -> Learner:
        """As `Learner.headed`; all encoders learn with the head."""
        other = super().headed(name)
        if other is not self and isinstance(other, VotingLearner):
            other._voices = tuple(
                replace(voice, learner=voice.learner.headed(name)) for voice in self._voices
            )
        return other

    def fit(
        self,
        rows: _Rows,
        classes: _Rows,
        seed: int = 0,
        judged: _Rows | None = None,
        shares: NDArray[np.float64] | None = None,
    ) -> Voted:
        """As `Learner.fit`."""
        asked = np.empty(0, dtype=np.intp) if judged is None else judged
        every = _with(asked, rows[classes >= 0])
        first = super().fit(rows, classes, seed, every, shares)
        votes = [voice.fit(rows, classes, seed, every, shares) for voice in self._voices]
        unseen = self._over(first.unseen, [vote.unseen for vote in votes], every)
        likelihood, places = self._likelihood(rows, classes, every, unseen)
        share = weights(likelihood, len(unseen))
        whole = self._over(
            first.probabilities,
            [vote.probabilities for vote in votes],
            np.arange(len(first.probabilities)),
        )
        apart = _apart(likelihood, places, len(every), len(unseen), seed)
        parts = vars(first) | {
            "probabilities": pooled(whole, share),
            "unseen": pooled(unseen, apart)[: len(asked)],
        }
        return Voted(**parts, votes=tuple(share.tolist()))

    def cross_fitted(
        self,
        rows: _Rows,
        classes: _Rows,
        targets: _Rows,
        seed: int = 0,
        folds: int = _FOLDS,
    ) -> _Float:
        """As `Learner.cross_fitted`; the weights of a row come from labels outside its fold.

        Those labels were judged by models of which some saw the fold: for weights that are two or
        three numbers of all labels together this moves probabilities by some thousandths, and
        fitting all models once more for every fold would take ten times as long.
        """
        every = _with(targets, rows)
        first = super().cross_fitted(rows, classes, every, seed, folds)
        votes = [v.cross_fitted(rows, classes, every, seed, folds) for v in self._voices]
        unseen = self._over(first, votes, every)
        likelihood, places = self._likelihood(rows, classes, every, unseen)
        shares = _apart(likelihood, places, len(every), len(unseen), seed)
        return pooled(unseen, shares)[: len(targets)]

    def _over(self, first: _Float, votes: Sequence[_Float], rows: _Rows) -> list[_Float]:
        """(n, K) of each encoder for rows (n,) of the pool."""
        pairs = zip(self._voices, votes, strict=True)
        return [first, *(voice.over(first, vote, rows) for voice, vote in pairs)]

    def _likelihood(
        self, rows: _Rows, classes: _Rows, every: _Rows, unseen: Sequence[_Float]
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """(m, G) of the labels of one class, and their places (m,) in ``every``."""
        of_class = classes >= 0
        units, targets = shares_of(rows[of_class], classes[of_class], *self._logits.shape)
        order = np.argsort(every)
        places = order[np.searchsorted(every, units, sorter=order)]
        return likelihoods([opinion[places] for opinion in unseen], targets), places


def _with(asked: _Rows, labeled: _Rows) -> NDArray[np.intp]:
    """Rows to judge unseen: those asked for, then labeled ones that the weights are learned by."""
    return np.concatenate([asked, np.setdiff1d(labeled, asked)]).astype(np.intp)


def _apart(
    likelihood: NDArray[np.float64], places: NDArray[np.intp], rows: int, count: int, seed: int
) -> NDArray[np.float64]:
    """(rows, count) weights of each row to judge, from labels outside its fold."""
    fold = np.random.default_rng(seed).permutation(rows) % _FOLDS
    result = np.empty((rows, count))
    for own in range(min(_FOLDS, rows)):
        result[fold == own] = weights(likelihood[fold[places] != own], count)
    return result
