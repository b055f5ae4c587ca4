"""Images whose words and picture say different classes, each for sure: one of them is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.softmax import softmax
from core.learn.words.ablation import Collection
from core.learn.words.block import Words
from core.project.snapshot import Snapshot
from core.services.predict.predicting import predict
from core.services.predict.words import spoken, words_of
from core.services.predict.zero_shot import zero_shot
from core.store.labels.dismissed import read_dismissed

SURE = 0.8
"""Probability from which on picture and words each count as sure."""
_LEAST_AUDIT = (
    10  # random images with words from which on the words' probabilities are held to them
)


@dataclass(frozen=True)
class Disagreement:
    """An image without a label whose words and picture disagree.

    Attributes:
        row: of the pool.
        text: its words.
        picture, words: the class by each alone.
        picture_sure, words_sure: its probability, at least `SURE`.
    """

    image_id: str
    row: int
    text: str
    picture: str
    picture_sure: float
    words: str
    words_sure: float


def disagreements(snapshot: Snapshot) -> list[Disagreement]:
    """Images that nobody labeled, whose words alone and picture alone are both sure and differ.

    The surest first. Those that people let be do not come again while both say the same classes.

    Raises:
        WinnowError: the template of words is wrong, the classes are not complete, or what was let
            be cannot be read.
    """
    if not snapshot.words:
        return []
    dismissed, names, ids = read_dismissed(snapshot.workspace), snapshot.names, snapshot.pool.ids
    rows, picture, words = _both(snapshot)
    sure = np.minimum(picture.max(axis=1), words.max(axis=1))
    seen, read = picture.argmax(axis=1), words.argmax(axis=1)
    asked = (seen != read) & (sure >= SURE) & (snapshot.human[rows] < 0)
    texts = spoken(snapshot) if asked.any() else []
    places = np.flatnonzero(asked)
    places = places[np.argsort(-sure[places], kind="stable")]
    listed = [
        Disagreement(
            ids[rows[at]], int(rows[at]), texts[rows[at]],
            names[seen[at]], float(picture[at, seen[at]]),
            names[read[at]], float(words[at, read[at]]),
        )
        for at in places.tolist()
    ]  # fmt: skip
    return [one for one in listed if dismissed.get(one.image_id) != (one.picture, one.words)]


def _both(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows (n,) with words, and (n, K) probabilities by the picture alone and the words alone."""
    key = (*snapshot.model_key(snapshot.refined), snapshot.head, snapshot.labels.key)

    def make() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        words = words_of(snapshot, zero_shot(snapshot, snapshot.refined))
        if words is None:
            nothing = np.empty((0, len(snapshot.names)), dtype=np.float32)
            return np.empty(0, dtype=np.intp), nothing, nothing
        rows = np.flatnonzero(words.present)
        picture = predict(snapshot.speaking("")).probabilities
        return rows, picture[rows], _by_words(snapshot, words)[rows]

    return snapshot.remember("words-against-picture", key, make, keep=1)


def _by_words(snapshot: Snapshot, words: Words) -> np.ndarray:
    """(N, K) probabilities by the words alone."""
    human, zero = snapshot.human, zero_shot(snapshot, snapshot.refined)
    rows = np.flatnonzero(human >= 0)
    if len(rows) == 0:
        return softmax(words.own)
    audit = snapshot.audit[words.present[snapshot.audit]]
    collection = Collection(snapshot.looks, zero.logits, None, words, human, snapshot.names)
    learned = collection.learner("text").fit(rows, human[rows], judged=audit)
    if len(audit) < _LEAST_AUDIT:
        return learned.probabilities
    return with_temperature(learned.probabilities, fit_temperature(learned.unseen, human[audit]))
