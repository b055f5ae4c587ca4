"""What a collection says in words: texts by the template, their vectors, their part in a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.predictions import ZeroShot
from core.learn.words.block import Words
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.files import storage_errors, write_atomic
from core.runtime.progress import Report
from core.services.predict.text_vectors import text_vectors
from core.services.predict.word_template import WordTemplate
from core.store.people.gate import doing
from core.store.people.roles import SETTINGS
from core.store.workspace import Workspace

_KEEP = 2  # templates whose texts stay in memory


@dataclass(frozen=True, eq=False)
class Texts:
    """The words of N images.

    Attributes:
        distinct: (M,) different texts that a model has a vector for.
        vectors: (M, D) float32 of those, unit norm.
        of: (N,) the text of each image, -1 where it says nothing.
    """

    distinct: tuple[str, ...]
    vectors: np.ndarray
    of: np.ndarray

    @property
    def images(self) -> int:
        """How many say something."""
        return int((self.of >= 0).sum())


def spoken(snapshot: Snapshot) -> list[str]:
    """The words of each image, "" for none.

    Raises:
        WinnowError: the template is wrong, or names a column that is not there.
    """
    table = snapshot.metadata
    template = WordTemplate.parse(snapshot.words).checked(table.names)
    ids = snapshot.pool.ids
    names = tuple(dict.fromkeys(template.columns))
    rows = zip(*(table.texts(name, ids) for name in names), strict=True)
    return [template.fill(dict(zip(names, cells, strict=True))) for cells in rows]


def texts_of(snapshot: Snapshot, report: Report | None = None) -> Texts:
    """The words of a collection and their vectors, each distinct text read once.

    Raises:
        WinnowError: as `spoken`; the encoder is not the one of the vectors.
        Cancelled: asked to stop; what was read until then stays.
    """
    encoder = snapshot.encoder
    key = (snapshot.pool.version, *snapshot.word_key, encoder.identity)
    return snapshot.share("texts", key, lambda: _texts(snapshot, report or Report()), _KEEP)


def _texts(snapshot: Snapshot, report: Report) -> Texts:
    words = spoken(snapshot)
    distinct = list(dict.fromkeys(filter(None, words)))
    vectors = text_vectors(snapshot.derived, snapshot.encoder, distinct, report)
    usable = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    places = {distinct[row]: place for place, row in enumerate(usable)}
    of = np.array([places.get(text, -1) for text in words], dtype=np.int64)
    return Texts(tuple(distinct[row] for row in usable), vectors[usable], of)


def words_of(snapshot: Snapshot, zero: ZeroShot) -> Words | None:
    """The words beside the pictures, for a model; None where no column speaks or no image does.

    Args:
        zero: what the pictures alone say.

    Raises:
        WinnowError: as `texts_of`.
    """
    if not snapshot.words:
        return None
    key = (snapshot.pool.version, snapshot.classes, bool(zero.log), *snapshot.word_key)
    return snapshot.remember("words", key, lambda: _words(snapshot, zero), _KEEP)


def _words(snapshot: Snapshot, zero: ZeroShot) -> Words | None:
    texts = texts_of(snapshot)
    if not texts.images:
        return None
    scores = against_prompts(snapshot, texts.vectors)
    return Words.make(texts.vectors, texts.of, scores, zero.logits)


def against_prompts(snapshot: Snapshot, vectors: np.ndarray) -> np.ndarray:
    """(n, K) similarity of texts, by their vectors (n, D), to the prompts of each class."""
    prompts = zeroshot.prototypes(snapshot.encoder, snapshot.classes, snapshot.texts)
    scores: np.ndarray = vectors @ prompts.T
    if snapshot.classes.none is not None:  # of a class without prompts words say nothing
        scores[:, -1] = scores[:, :-1].mean(axis=1)
    return scores


def use_words(workspace: Workspace, template: str) -> None:
    """Have words count in all predictions of a question; "" for pictures alone.

    Raises:
        WinnowError: the template is wrong, or it cannot be written.
    """
    text = WordTemplate.parse(template).text if template.strip() else ""
    about = f"columns that speak: {text}" if text else "pictures alone"
    with doing(workspace.home, SETTINGS, about), storage_errors(workspace.home):
        if text:
            write_atomic(workspace.words, text.encode("utf-8"))
        else:
            workspace.words.unlink(missing_ok=True)
