"""Zero-shot scores: how well each image fits each class's prompts.

A class's text prototype is the mean of its prompts' embeddings, normalised again (prompt
ensembling, Radford et al. 2021, arXiv 2103.00020). The score is the dot product with the image's
vector, centred over the collection for encoders that ask for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Protocol

import numpy as np

from core.encoders.base import of_texts
from core.prompts.vocabulary import Vocabulary
from core.runtime.pausing import breathe
from core.runtime.threads import each

_FEW = 2  # columns up to which one after the other is quicker than all at once
_SPARE = 8  # columns that stay beside those asked for: a few wordings back and forth
_LARGE = 4_000_000  # scores from which several processors share the images
_ROWS = 8_192  # images at a time
CENTRE_PRIOR = 50
"""Images that the encoder's reference mean counts for when a collection is centred."""


class TextEncoder(Protocol):
    """The half of an encoder that prompts need."""

    @property
    def identity(self) -> str:
        """What embeddings depend on; those of two identities are never mixed."""

    @property
    def dim(self) -> int:
        """Numbers an embedding has, D."""

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (len(texts), D) float32, unit norm."""


class TextCache:
    """Text embeddings by (encoder, text), so that an edit embeds only the sentence that changed."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, str], np.ndarray] = {}
        self._lock = Lock()

    def missing(self, encoder: TextEncoder, texts: Sequence[str]) -> list[str]:
        """Those of ``texts`` that are not there yet."""
        return [text for text in texts if (encoder.identity, text) not in self._vectors]

    def add(self, encoder: TextEncoder, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Take in embeddings (len(texts), D) that were made before."""
        with self._lock:
            for text, vector in zip(texts, vectors, strict=True):
                self._vectors[encoder.identity, text] = vector

    def embed(self, encoder: TextEncoder, texts: Sequence[str]) -> np.ndarray:
        """Embeddings of ``texts`` as (len(texts), D) float32, unit norm.

        Raises:
            WinnowError: the encoder has none for one of them.
        """
        model = encoder.identity
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if (model, text) not in self._vectors]
            if new:
                vectors = of_texts(encoder.encode_texts(new), new, model)
                for text, vector in zip(new, vectors, strict=True):
                    self._vectors[model, text] = vector
            if not texts:
                return np.zeros((0, encoder.dim), dtype=np.float32)
            return np.stack([self._vectors[model, text] for text in texts])


def prototypes(encoder: TextEncoder, vocabulary: Vocabulary, cache: TextCache) -> np.ndarray:
    """Text prototypes (K, D) float32, unit norm, one a class; zeros for one without prompts."""
    none = vocabulary.none
    spoken = [() if name == none else own
              for name, own in zip(vocabulary.names, vocabulary.spoken(), strict=True)]  # fmt: skip
    texts = [prompt for prompts in spoken for prompt in prompts]
    embedded = cache.embed(encoder, texts)
    result = np.empty((len(spoken), encoder.dim), dtype=np.float32)
    start = 0
    for row, prompts in enumerate(spoken):
        if not prompts:
            result[row] = 0.0
            continue
        mean = embedded[start : start + len(prompts)].mean(axis=0)
        # Opposite prompts can cancel; the first then stands for the class.
        norm = float(np.linalg.norm(mean))
        result[row] = mean / norm if norm > 1e-6 else embedded[start]
        start += len(prompts)
    return result


def centre(blocks: Iterable[np.ndarray], reference: np.ndarray | None) -> np.ndarray:
    """The point (D,) float32 to subtract from vectors before scoring.

    The collection's mean, shrunk toward the encoder's reference by ``CENTRE_PRIOR`` images: the
    mean of a handful of images is mostly those images, and would centre away what they show.

    Args:
        blocks: the vectors in parts (n, D), at least one.
    """
    weight = 0 if reference is None else CENTRE_PRIOR
    total: np.ndarray = np.zeros(1) if reference is None else weight * reference.astype(np.float64)
    count = weight
    for block in blocks:
        total = total + block.sum(axis=0, dtype=np.float64)
        count += len(block)
    return (total / max(count, 1)).astype(np.float32)


def scores(vectors: np.ndarray, texts: np.ndarray, middle: np.ndarray | None) -> np.ndarray:
    """Scores (N, M) of float32 images (N, D) and texts (M, D), less those of ``middle`` (D,)."""
    aims = texts.T
    less = None if middle is None else middle @ aims
    if len(vectors) * len(texts) < _LARGE or not isinstance(vectors, np.ndarray):
        raw = vectors @ aims
        return raw if less is None else raw - less
    result = np.empty((len(vectors), len(texts)), np.float32)

    def work_out(start: int) -> None:
        breathe()
        part = result[start : start + _ROWS]
        np.matmul(vectors[start : start + _ROWS], aims, out=part)
        if less is not None:
            part -= less

    each(work_out, range(0, len(vectors), _ROWS))
    return result


class Columns:
    """Scores of one collection, remembered by prototype: an edit of one class scores it alone.

    Safe for several threads. What is remembered is a little more than what was asked for last.
    """

    def __init__(self) -> None:
        self._last = dict[bytes, int](), np.empty((0, 0), np.float32)  # key → column of the matrix
        self._spare: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def scores(
        self, vectors: np.ndarray, texts: np.ndarray, middle: np.ndarray | None
    ) -> np.ndarray:
        """As `scores`, but for the last digits that depend on how many are worked out together.

        The result is remembered too, so it must not be changed.

        Args:
            vectors, middle: the same at each call.
        """
        keys = [text.tobytes() for text in texts]
        with self._lock:
            (places, last), spare = self._last, dict(self._spare)
        new = [row for row, key in enumerate(keys) if key not in places and key not in spare]
        steps = [new] if len(new) > _FEW else [[row] for row in new]
        if _FEW < len(new) == len(set(keys)) == len(keys):  # all are new: nothing to copy together
            result = scores(vectors, texts, middle)
        else:
            for rows in filter(None, steps):
                made = scores(vectors, texts[rows], middle)
                spare |= {keys[row]: made[:, column] for column, row in enumerate(rows)}
            result = _gathered(len(vectors), keys, places, last, spare)
        with self._lock:
            self._keep(keys, result)
        return result

    def _keep(self, keys: list[bytes], result: np.ndarray) -> None:
        """Remember a result, and a few columns of those before it."""
        places, last = self._last
        now = {key: column for column, key in enumerate(keys)}
        gone = [key for key in places if key not in now][-_SPARE:]
        self._spare |= {key: last[:, places[key]].copy() for key in gone}
        for key in [key for key in self._spare if key in now]:
            del self._spare[key]
        while len(self._spare) > _SPARE:
            self._spare.popitem(last=False)
        self._last = now, result


def _gathered(
    count: int,
    keys: list[bytes],
    places: dict[bytes, int],
    last: np.ndarray,
    columns: dict[bytes, np.ndarray],
) -> np.ndarray:
    """(count, M) the columns of ``keys``, from the matrix ``last`` or else from ``columns``."""
    where = [places.get(key, -1) for key in keys]
    moved = [row for row, place in enumerate(where) if place != row]
    if last.shape == (count, len(keys)) and len(moved) <= _SPARE:  # most stay where they are
        result = last.copy()
    else:
        result, moved = np.empty((count, len(keys)), dtype=np.float32), list(range(len(keys)))
    for row in moved:
        key, place = keys[row], where[row]
        result[:, row] = last[:, place] if place >= 0 else columns[key]
    return result
