"""The learner: prompts, labels and look-alikes to probabilities, and to the next images to ask."""

import copy
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.learn.asking.queue import next_batch
from core.learn.heads.lifting import lift, lifted, raised
from core.learn.heads.names import PLAIN
from core.learn.heads.registry import head_of
from core.learn.large.shared import Large
from core.learn.models.base import Prediction
from core.learn.models.calibration import with_temperature
from core.learn.models.cluster_prior import Beliefs, enough, verdict
from core.learn.models.folds import JUDGING, Deal, dealt, folds_for
from core.learn.models.frame import frame_of
from core.learn.models.fused import Fit, Scorer, check, shares_of
from core.learn.models.many import MANY, at_once, smooth_at
from core.learn.models.neighbourhood import Graph, smooth
from core.learn.strategies import DEFAULT
from core.learn.words.block import Words
from core.learn.words.hearing import HeardGraph, reliefs, relieved
from core.learn.words.mixing import GRID, Blend, fit_words
from core.learn.words.model import Mix, WordModel, predict_all
from core.learn.words.withheld import Withheld, can_be_withheld
from core.runtime.rows import is_stored
from core.runtime.threads import each

__all__ = ["RELIEF", "Learner"]

RELIEF = 1.35
"""Temperature that takes back what hearing neighbours adds to confidence: between what suits the
starter (1.4 and more) and CLIP (1.2), see benchmarks/README.md."""


class Learner:
    """The model of one pool and one vocabulary. Holds no labels.

    Args:
        vectors: (N, D) unit image vectors.
        logits: (N, K) zero-shot logits, that is score / temperature.
        scores: (N, K) zero-shot scores for the prompt hits of the queue; logits when None.
        graph: neighbours of the pool; None: no neighbourhood layer.
        clusters: whether the cluster prior may take part, where it helps.
        words: what the images say in words; None: nothing.
        grid: how loud pictures and words may be, where there are words.
        large: what models of very many images share; then `vectors` are `StoredRows`.

    Raises ValueError for shapes that do not match or values that are not finite.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        logits: NDArray[np.float32],
        scores: NDArray[np.floating] | None = None,
        graph: Graph | None = None,
        clusters: bool = True,
        words: Words | None = None,
        grid: Sequence[Mix] = GRID,
        large: Large | None = None,
    ) -> None:
        check(vectors, logits)
        if graph is not None and len(graph) != len(vectors):
            raise ValueError(f"the graph is of {len(graph)} images, the vectors {len(vectors)}")
        self._vectors, self._logits = vectors, logits
        self._scores = logits if scores is None else scores
        self._graph = graph
        self._frame = large.frame if large else frame_of(vectors)
        self._words, self._grid = words, grid
        self._inputs, self._offsets = vectors, logits  # what the model reads
        if words is not None:
            self._inputs, self._offsets = words.beside(vectors), words.offsets(logits)
        self._clusters = clusters
        self._head = head_of(PLAIN)
        self._large = large or Large(self._frame)
        self._groups = self._large.groups

    def headed(self, name: str) -> "Learner":
        """Return the same with another head, by its name in `core.learn.heads.registry.HEADS`.

        Raises ValueError when there is none of the name.
        """
        head = head_of(name)
        if head is self._head:
            return self
        other = copy.copy(self)
        other._head = head
        return other

    def fit(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        seed: int = 0,
        judged: NDArray[np.integer] | None = None,
        shares: NDArray[np.float64] | None = None,
    ) -> Prediction:
        """Learn from labels, rows (n,) and their classes (n,), and predict the pool.

        A row may come twice: equal labels count once, conflicting ones share the image equally. No
        labels: zero-shot exactly. judged: rows to judge unseen on the way, as `cross_fitted` does
        it, for less than both cost. shares: (n, K) how each label spreads over the classes, in
        place of one class each; then rows rise, and classes are -1 where a label names none. Raises
        ValueError for rows or classes out of range.
        """
        units, targets = rows.astype(np.intp), shares
        if targets is None:
            units, targets = shares_of(rows, classes, *self._logits.shape)
        asked = np.empty(0, dtype=np.intp) if judged is None else judged
        many = self._logits.shape[1] > MANY
        folds = folds_for(asked, units, many, self._words is not None)
        deal = dealt(asked, units, seed, folds)
        fitted = self._fit(units, targets, deal, seed)
        gains = self._gains(fitted, units, targets)
        used = verdict(gains)
        whole, *held = self._of_pool([fitted.model, *fitted.without], units)
        probabilities, factors, _ = self._predict(
            fitted.model, units, targets, used.used, of_pool=whole
        )
        model = fitted.model
        if factors is not None:
            heard = self._graph is not None
            model = raised(model, factors, reliefs(model, RELIEF) if heard else (1.0, 1.0))
        return Prediction(
            probabilities,
            fitted.model.shares,
            len(units),
            np.bincount(classes[classes >= 0], minlength=self._logits.shape[1]).astype(np.int64),
            model,
            used,
            *self._unseen(fitted, held, gains, units, targets, asked, deal),
            factors,
        )

    def cross_fitted(
        self,
        rows: NDArray[np.integer],
        classes: NDArray[np.integer],
        targets: NDArray[np.integer],
        seed: int = 0,
        folds: int = JUDGING,
    ) -> NDArray[np.float32]:
        """Return (t, K) probabilities of the rows `targets` by models that did not see them.

        rows, classes: all labels. targets: distinct rows to judge, dealt into at most `folds`
        groups; each group is judged by everything learned from the other labels, neighbours
        included. Rows without a label may be among them.
        """
        units, shares = shares_of(rows, classes, *self._logits.shape)
        if self._logits.shape[1] > MANY:
            folds = min(folds, JUDGING // 2)
        deal = dealt(targets, units, seed, folds)
        fitted = self._fit(units, shares, deal, seed)
        gains = self._gains(fitted, units, shares)
        held = self._of_pool(fitted.without, units)
        return self._unseen(fitted, held, gains, units, shares, targets, deal)[0]

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

    def moves(
        self, prediction: Prediction, units: NDArray[np.intp], targets: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
        """Return the group (N,) of each image, and what the cluster prior multiplies those with.

        The second is (groups, K). units, targets: labeled rows (m,) of ``prediction`` and their
        class shares (m, K). None where the prior takes no part.
        """
        if not prediction.clusters.used or not self._groups:
            return None
        sample = self._groups[0].sample
        sampled = prediction.model.predict(self._inputs[sample], self._offsets[sample])
        return self._groups[0].of, self._groups[0].factors(sampled, units, targets)

    def _fit(
        self, units: NDArray[np.intp], targets: NDArray[np.float64], deal: list[Deal], seed: int
    ) -> Fit[Scorer]:
        held = [out for _, out in deal]
        inputs, offsets = self._inputs[units], self._offsets[units]
        if self._words is None:
            return self._head.fits(self._frame, inputs, offsets, targets, held, seed)
        silent = len(self._grid) > 1 and not self._words.present.all()
        blend = Blend(self._frame, self._grid, self._words.agree, silent, self._head)
        return fit_words(blend, inputs, offsets, targets, held, seed)

    def _of_pool(
        self, models: Sequence[Scorer], units: NDArray[np.intp]
    ) -> Sequence[NDArray[np.float32] | None]:
        """What models of words say of the pool, in one go; None where each goes by itself."""
        own = [model for model in models if isinstance(model, WordModel)]
        most = at_once(self._logits.size)
        if not own or self._few_at_a_time(units, True) or not len(own) == len(models) <= most:
            return [None] * len(models)
        return list(predict_all(own, self._inputs, self._offsets))

    def _unseen(
        self,
        fitted: Fit,
        held: Sequence[NDArray[np.float32] | None],
        gains: NDArray[np.float64],
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        asked: NDArray[np.integer],
        deal: list[Deal],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Return (t, K) probabilities of the rows `asked`, each by a model that did not see it.

        And the same of those as if they had no words, where some images have none; not with very
        many classes or images.
        """
        result = np.empty((len(asked), self._logits.shape[1]), np.float32)
        withheld = Withheld(self._inputs, self._offsets, self._graph, self._groups)
        few = self._few_at_a_time(units, False)
        wordless = np.empty_like(result) if can_be_withheld(fitted.model) and not few else None

        def judge(one: tuple[Scorer, NDArray[np.float32] | None, Deal]) -> None:
            model, of_pool, (places, out) = one
            others = np.delete(np.arange(len(units)), out)
            used = len(gains) > 0 and verdict(gains[others]).used
            labels, rows = (units[others], targets[others]), asked[places]
            result[places], factors, voices = self._predict(model, *labels, used, rows, of_pool)
            if wordless is not None:
                own = withheld.judged(model, *labels, used, rows, voices, RELIEF)
                wordless[places] = own if factors is None else lifted(own, factors)

        models = zip(fitted.without, held, deal, strict=True)
        each(judge, models, 1 if few else at_once(self._logits.size))
        return result, wordless

    def _gains(
        self, fitted: Fit, units: NDArray[np.intp], targets: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What the cluster prior brings each label; nothing where it is not to be tried."""
        if not self._clusters or not enough(len(self._logits), self._logits.shape[1], len(units)):
            return np.empty(0)
        groups = self._large.grouped(self._vectors, self._logits.shape[1])
        return groups.gains(fitted, self._inputs, self._offsets, units, targets)

    def _predict(
        self,
        model: Scorer,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        clusters: bool,
        wanted: NDArray[np.integer] | None = None,
        of_pool: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """Return probabilities of the pool or of the rows `wanted`, neighbours heard.

        And what the head multiplied them with: see `Prediction.lift`; and what images said that was
        heard last, None where nothing was or only some images were looked at. of_pool: what the
        model says of the pool, where that is there already.
        """
        if wanted is not None and self._few_at_a_time(units, clusters):
            return self._predict_some(model, units, targets, clusters, wanted), None, None
        probabilities = model.predict(self._inputs, self._offsets) if of_pool is None else of_pool
        if clusters and self._groups:
            probabilities = self._groups[0].moved(probabilities, units, targets)
        silent, voices = self._graph is None or len(units) == 0, None
        if self._graph is not None and not silent:
            probabilities, voices = smooth(
                probabilities, self._heard(model), units, targets, evenly=self._head.evenly
            )
        lifts = self._head.lifts and len(units) > 0
        rows: NDArray[np.integer] = np.arange(len(probabilities))
        if wanted is not None and not lifts:
            rows, probabilities = wanted, probabilities[wanted]
        if not silent:
            probabilities = self._relieved(model, probabilities, rows)
        if not lifts:
            return probabilities, None, voices
        factors = lift(probabilities)
        asked = probabilities if wanted is None else probabilities[wanted]
        return lifted(asked, factors), factors, voices

    def _few_at_a_time(self, units: NDArray[np.intp], clusters: bool) -> bool:
        """Whether some rows are judged without the others: with very many classes or images."""
        if self._head.evenly or self._head.lifts or len(units) == 0:
            return False
        many = self._logits.shape[1] > MANY and not clusters and self._graph is not None
        return many or is_stored(self._vectors)

    def _predict_some(
        self,
        model: Scorer,
        units: NDArray[np.intp],
        targets: NDArray[np.float64],
        clusters: bool,
        wanted: NDArray[np.integer],
    ) -> NDArray[np.float32]:
        """As `_predict` for the rows `wanted`, without the probabilities of the whole pool."""
        believed: Beliefs = partial(self._believed, model)
        if clusters and self._groups:
            believed = self._groups[0].moving(believed, units, targets)
        if self._graph is None:
            return believed(wanted.astype(np.intp))
        near = smooth_at(wanted, believed, self._heard(model), units, targets)
        return self._relieved(model, near, wanted)

    def _relieved(
        self, model: Scorer, probabilities: NDArray[np.float32], rows: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Take back what hearing neighbours added to confidence; probabilities (n, K) of rows."""
        if self._words is None:
            return with_temperature(probabilities, RELIEF)
        return relieved(probabilities, self._words.present[rows], reliefs(model, RELIEF))

    def _believed(self, model: Scorer, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        return model.predict(self._inputs[rows], self._offsets[rows])

    def _heard(self, model: Scorer) -> Graph:
        """The neighbours, as images with words and without hear each other."""
        assert self._graph is not None
        if self._words is not None and isinstance(model, WordModel):
            return HeardGraph(self._graph.neighbours, self._words.present, model.weight)
        return self._graph
