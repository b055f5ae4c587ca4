"""One picture and its words tried: probabilities by both and by each alone, and what is like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.encoders.base import of_texts, unit_rows
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.services.predict.words import Texts, texts_of
from core.services.try_one.judge import Judge, Seen
from core.services.try_one.picture import Picture

LISTED = 5
"""Prompts, pictures and texts that are named as nearest."""
MOST_CHARACTERS = 5_000
"""Of the words of one picture; what stands behind them is not read."""
_TYPED = 32  # texts whose vectors stay in memory


@dataclass(frozen=True)
class Like:
    """Something that is like the picture or its words.

    Attributes:
        name: class, as people labeled it, or the class of the prompt.
        score: similarity.
        row: of the collection; -1 for a prompt.
        text: the prompt, or what the image says; "" for a picture.
    """

    name: str
    score: float
    row: int = -1
    text: str = ""


@dataclass(frozen=True, eq=False)
class Looked:
    """What does not depend on the words.

    Attributes:
        seen: the picture as the model takes it.
        image_only: (K,) probabilities by the picture.
        prompts: the nearest to the picture.
        pictures: labeled ones like it.
    """

    seen: Seen
    image_only: np.ndarray
    prompts: list[Like]
    pictures: list[Like]


@dataclass(frozen=True, eq=False)
class Trial:
    """What comes of it.

    Attributes:
        probabilities: (K,) by picture and words.
        text_only: (K,) by the words; None without any, or where words do not count.
        text_prompts: the nearest to the words.
        texts: of labeled images, the most alike.
        note: why words do not count, as a sentence; "" where they do, or there are none.
    """

    looked: Looked
    probabilities: np.ndarray
    text_only: np.ndarray | None
    text_prompts: list[Like]
    texts: list[Like]
    note: str


def look(judge: Judge, picture: Picture) -> Looked:
    """Look at a picture, before any words."""
    seen = judge.see(picture.vector, picture.row)
    return Looked(
        seen,
        judge.image_only(seen),
        _prompts(judge.snapshot, picture.vector, judge.snapshot.middle),
        _pictures(judge, seen),
    )


def answer(judge: Judge, looked: Looked, text: str) -> Trial:
    """Judge a picture with its words.

    Args:
        text: as the collection's columns would say it, at most `MOST_CHARACTERS` of it are read; ""
            without. A picture of the collection with its own words gets what the collection says.

    Raises:
        WinnowError: the encoder makes no usable vector of the text.
    """
    seen, snapshot = looked.seen, judge.snapshot
    text = plainly(text)
    vector = text_vector(snapshot, text) if text else None
    if seen.row is not None and (
        judge.words is None or text == plainly(own_words(snapshot, seen.row))
    ):
        probabilities = judge.predictions.probabilities[seen.row]
    else:
        probabilities = judge.both(seen, vector)
    counts = judge.words is not None
    return Trial(
        looked,
        probabilities,
        judge.text_only(seen, vector),
        [] if vector is None else _prompts(snapshot, vector, None),
        [] if vector is None or not counts else _texts(judge, seen, vector),
        _note(snapshot) if text and not counts else "",
    )


def own_words(snapshot: Snapshot, row: int) -> str:
    """What an image of the collection says; "" for nothing."""
    if not snapshot.words:
        return ""
    texts = texts_of(snapshot)
    return texts.distinct[texts.of[row]] if texts.of[row] >= 0 else ""


def text_vector(snapshot: Snapshot, text: str) -> np.ndarray:
    """(D,) float32 of a text, unit norm, rounded as those of the collection are.

    Raises:
        WinnowError: the encoder makes no usable vector of it.
    """
    encoder = snapshot.encoder

    def make() -> np.ndarray:
        made = of_texts(encoder.encode_texts([text]), [text], encoder.identity)
        return unit_rows(made.astype(np.float16).astype(np.float32))[0]

    return snapshot.share("typed", (text, encoder.identity), make, _TYPED)


def plainly(text: str) -> str:
    """Words as they are read: at most `MOST_CHARACTERS`, one space between two."""
    return " ".join(text[:MOST_CHARACTERS].split())


def _note(snapshot: Snapshot) -> str:
    if not snapshot.words:
        return "Words do not count here: no column speaks beside the pictures."
    return "Words do not count here: no image of the collection has any."


def _prompts(snapshot: Snapshot, vector: np.ndarray, middle: np.ndarray | None) -> list[Like]:
    """The prompts nearest to a vector (D,), over all classes."""
    classes = snapshot.classes
    each = [
        (name, prompt)
        for name, own in zip(classes.names, classes.spoken(), strict=True)
        if name != classes.none  # which has no prompts of its own
        for prompt in own
    ]
    texts = snapshot.text_vectors([prompt for _, prompt in each])
    scores = zeroshot.scores(vector[None], texts, middle)[0]
    return [Like(each[i][0], float(scores[i]), text=each[i][1]) for i in _best(scores)]


def _pictures(judge: Judge, seen: Seen) -> list[Like]:
    """Labeled images that look like the picture."""
    rows = _labeled(judge, seen)
    scores = judge.snapshot.pool.stored[rows] @ seen.vector
    return [_like(judge, int(rows[i]), float(scores[i])) for i in _best(scores)]


def _texts(judge: Judge, seen: Seen, vector: np.ndarray) -> list[Like]:
    """Labeled images whose words are like a text's vector (D,)."""
    texts: Texts = texts_of(judge.snapshot)
    rows = _labeled(judge, seen)
    rows = rows[texts.of[rows] >= 0]
    scores = texts.vectors[texts.of[rows]] @ vector
    return [
        _like(judge, int(rows[i]), float(scores[i]), texts.distinct[texts.of[rows[i]]])
        for i in _best(scores)
    ]


def _labeled(judge: Judge, seen: Seen) -> np.ndarray:
    """Rows with a label, but for the picture's own."""
    rows = np.flatnonzero(judge.predictions.human >= 0)
    return rows if seen.row is None else rows[rows != seen.row]


def _like(judge: Judge, row: int, score: float, text: str = "") -> Like:
    names = judge.snapshot.names
    return Like(names[int(judge.predictions.human[row])], score, row, text)


def _best(scores: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.argsort(-np.asarray(scores), kind="stable")[:LISTED]
