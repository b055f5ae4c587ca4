"""What a collection's model says of one picture and its words, as it would of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.encoders.base import unit_rows
from core.learn.heads.lifting import lifted, raised
from core.learn.heads.registry import head_of
from core.learn.models.calibration import with_temperature
from core.learn.models.fused import Scorer
from core.learn.models.learner import RELIEF
from core.learn.models.outside import Surroundings, heard
from core.learn.models.softmax import softmax
from core.learn.predictions import Fitted, Predictions, ZeroShot
from core.learn.words.block import Words
from core.learn.words.hearing import reliefs
from core.learn.words.mixing import WORDS_ALONE, Blend, fit_words
from core.learn.words.model import WordModel
from core.project.snapshot import Snapshot
from core.services.predict.graphs import NEIGHBOURS, neighbours_of
from core.services.predict.predicting import learner
from core.services.predict.voters import refuse_vote
from core.services.predict.words import against_prompts, words_of
from core.services.predict.zero_shot import logits_outside, zero_shot

_READY = 1  # collections that are ready at once, a question
_KIND = "judge"  # of result that is remembered
_Moves = tuple[np.ndarray, np.ndarray] | None


@dataclass(frozen=True, eq=False)
class Seen:
    """One picture as the model takes it, whatever words stand beside it.

    Attributes:
        vector: (D,) float32 of the encoder.
        looks: (1, d) float32 what the model reads of it.
        logits: (1, K) zero-shot.
        near: (k,) rows of the images that it looks like, nearest first.
        row: its own, where it is one of the collection's; else None.
    """

    vector: np.ndarray
    looks: np.ndarray
    logits: np.ndarray
    near: np.ndarray
    row: int | None


@dataclass(frozen=True, eq=False)
class Judge:
    """The model of a snapshot, ready for any picture.

    Attributes:
        snapshot, predictions: what it answers like.
        zero: of the collection's pictures.
        words: of the collection; None where none count.
        around: the collection's images.
        rows, targets: labeled rows (m,) and their class shares (m, K).
        moves: group of each image and factors, of the cluster prior; None where it has no part.
        pictures, texts: what was learned of pictures alone and of words alone; None without labels,
            or where no words count.
    """

    snapshot: Snapshot
    predictions: Predictions
    zero: ZeroShot
    words: Words | None
    around: Surroundings
    rows: np.ndarray
    targets: np.ndarray
    moves: _Moves
    pictures: Scorer | None
    texts: Scorer | None

    def see(self, vector: np.ndarray, row: int | None = None) -> Seen:
        """Take a picture by its vector (D,) float32, perhaps one of the collection's."""
        snapshot = self.snapshot
        logits = logits_outside(snapshot, self.zero, vector[None], snapshot.refined)
        part = snapshot.encoder.looks
        looks = vector[None] if part == slice(None) else unit_rows(vector[None, part])
        if row is None:
            near = self.around.nearest(looks[0], NEIGHBOURS)
        else:
            near = self._near(looks[0], row)
        return Seen(vector, looks, logits, near, row)

    def both(self, seen: Seen, text: np.ndarray | None = None) -> np.ndarray:
        """(K,) probabilities by picture and words.

        Args:
            text: (D,) float32 vector of its words; None without. It has no say where the
                collection's words have none.
        """
        offsets, inputs, fitted = seen.logits, seen.looks, self.predictions.fitted
        spoken = self._spoken(seen, text)
        if spoken is not None:
            inputs, offsets = spoken.beside(inputs), spoken.offsets(offsets)
        if fitted is None:
            return softmax(seen.logits if spoken is None else spoken.joint)[0]
        own = fitted.learned.model.predict(inputs, offsets)
        return self._settled(own, seen, fitted, spoken is not None and bool(spoken.present[0]))

    def image_only(self, seen: Seen) -> np.ndarray:
        """(K,) probabilities by the picture, as if it came without words."""
        fitted = self.predictions.fitted
        if fitted is None:
            return softmax(seen.logits)[0]
        if self.pictures is None:
            return self.both(seen)
        return self._settled(self.pictures.predict(seen.looks, seen.logits), seen, fitted, False)

    def text_only(self, seen: Seen, text: np.ndarray | None) -> np.ndarray | None:
        """(K,) probabilities by the words; None without any, or where they do not count."""
        spoken = self._spoken(seen, text)
        if spoken is None or text is None:
            return None
        if self.texts is None:
            return softmax(spoken.own)[0]
        return self.texts.predict(spoken.beside(seen.looks), spoken.offsets(seen.logits))[0]

    # -- inside ----------------------------------------------------------------------------------

    def _near(self, looks: np.ndarray, row: int) -> np.ndarray:
        """The look-alikes (k,) of one of the collection's, also while they are being found."""
        graph = neighbours_of(self.snapshot)
        if graph is not None:
            return graph.neighbours[row].astype(np.intp)
        near = self.around.nearest(looks, NEIGHBOURS + 1)
        return near[near != row][:NEIGHBOURS]

    def _spoken(self, seen: Seen, text: np.ndarray | None) -> Words | None:
        if self.words is None:
            return None
        vectors = np.empty((0, len(seen.vector)), np.float32) if text is None else text[None]
        return self.words.outside(vectors, against_prompts(self.snapshot, vectors), seen.logits)

    def _settled(self, own: np.ndarray, seen: Seen, fitted: Fitted, worded: bool) -> np.ndarray:
        """(K,) of what the model says (1, K): look-alikes heard, and as sure as it should be."""
        if self.moves is not None and len(seen.near):
            of, factors = self.moves
            own = own * factors[of[seen.near[0] if seen.row is None else seen.row]]
            own /= own.sum()
        loud = np.ones(len(seen.near), np.float32)
        model = fitted.learned.model
        if worded and self.words is not None and isinstance(model, WordModel):
            loud[~self.words.present[seen.near]] = 1.0 - model.weight
        settled = heard(own, self._believed(seen.near, fitted), loud)
        return with_temperature(settled, fitted.temperatures[worded])[0]

    def _believed(self, rows: np.ndarray, fitted: Fitted) -> np.ndarray:
        """(n, K) what other images hear of some rows."""
        result = self._unheated(rows, fitted)
        places = np.searchsorted(self.rows, rows)
        labeled = np.isin(rows, self.rows)
        result[labeled] = self.targets[places[labeled]]
        if head_of(self.predictions.head).evenly:
            result = result / self._shares
            result /= result.sum(axis=1, keepdims=True)
        return result

    def _unheated(self, rows: np.ndarray, fitted: Fitted) -> np.ndarray:
        """(n, K) what the collection's model says of some rows before temperatures."""
        worded = np.zeros(len(rows), bool) if self.words is None else self.words.present[rows]
        result = np.empty((len(rows), len(self.snapshot.names)), np.float32)
        for kind, temperature in enumerate(fitted.temperatures):
            own = worded == bool(kind)
            result[own] = with_temperature(
                self.predictions.probabilities[rows[own]], 1.0 / temperature
            )
            if (factors := fitted.learned.lift) is not None:  # neighbours were heard before it
                relief = reliefs(fitted.learned.model, RELIEF)[kind]
                result[own] = lifted(result[own], factors**-relief)
        return result

    @cached_property
    def _shares(self) -> np.ndarray:
        """(K,) by which a head that hears rare classes evenly divides what is heard."""
        assert self.predictions.fitted is not None
        every = self._unheated(np.arange(len(self.snapshot)), self.predictions.fitted)
        every[self.rows] = self.targets
        evenly = np.float32(head_of(self.predictions.head).evenly)
        return np.maximum(every.mean(axis=0), 1e-30) ** evenly


def judge_of(snapshot: Snapshot, predictions: Predictions) -> Judge:
    """Make what answers for single pictures ready; the first call takes about as long as a fit.

    Args:
        predictions: of this snapshot.

    Raises:
        WinnowError: the classes are not complete, the encoder is not the one of the vectors, or
            several encoders vote.
    """
    refuse_vote(snapshot, "Try one")
    return snapshot.remember(_KIND, predictions, lambda: _made(snapshot, predictions), _READY)


def is_ready(snapshot: Snapshot, predictions: Predictions) -> bool:
    """Whether nobody would wait for `judge_of`."""
    return snapshot.memory.has(_KIND, predictions)


def _made(snapshot: Snapshot, predictions: Predictions) -> Judge:
    zero = zero_shot(snapshot, snapshot.refined)
    words, looks = words_of(snapshot, zero), snapshot.looks
    around = snapshot.share("around", snapshot.pool.version, lambda: Surroundings.make(looks), 1)
    if predictions.fitted is None:
        nothing = np.empty((0, len(snapshot.names)))
        rows = np.empty(0, np.intp)
        return Judge(snapshot, predictions, zero, words, around, rows, nothing, None, None, None)
    rows, targets = _labels(snapshot, predictions)
    moves = learner(snapshot).moves(predictions.fitted.learned, rows, targets)
    head = head_of(predictions.head)
    pictures = texts = None
    if words is not None:
        pictures = head.fits(around.frame, looks[rows], zero.logits[rows], targets).model
        if (factors := predictions.fitted.learned.lift) is not None:
            model = predictions.fitted.learned.model
            pictures = raised(pictures, factors, reliefs(model, RELIEF))
        blend = Blend(around.frame, WORDS_ALONE, words.agree, False, head)
        worded = words.present[rows]
        if (spoken := words.take(rows[worded])) is not None:
            inputs, offsets = (
                spoken.beside(looks[rows[worded]]),
                spoken.offsets(zero.logits[rows[worded]]),
            )
            texts = fit_words(blend, inputs, offsets, targets[worded]).model
    return Judge(snapshot, predictions, zero, words, around, rows, targets, moves, pictures, texts)


def _labels(snapshot: Snapshot, predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Labeled rows (m,), rising, and their class shares (m, K)."""
    rows = np.flatnonzero(snapshot.nodes >= 0)
    return rows, snapshot.tree.shares(snapshot.nodes[rows], predictions.probabilities[rows])
