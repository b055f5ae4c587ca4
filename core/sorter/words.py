"""What judges images that come with words, far from any collection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learn.models.calibration import with_temperature
from core.learn.models.frame import Frame
from core.learn.words.block import Words
from core.learn.words.model import WordModel
from core.sorter.head import BLOCK, Head

__all__ = ["WordHead"]


@dataclass(frozen=True, eq=False)
class WordHead:
    """What scores pictures and words together; images without words are the `Head`'s alone.

    Attributes:
        prompts: (K, D) float32 text vectors of the classes, which texts are compared with.
        frame: from text vectors (D,) to features (r,).
        score_temperature: what scores of texts are divided by to be logits.
        scales: of the picture's and the words' logits in their sum.
        model: acts on image vectors and features of words side by side.
        temperature: what log probabilities are divided by at last.
        thresholds: (K,) float32 probability from which a class is in the set; 0: always.
    """

    prompts: np.ndarray
    frame: Frame
    score_temperature: float
    scales: tuple[float, float]
    model: WordModel
    temperature: float
    thresholds: np.ndarray

    def probabilities(self, head: Head, vectors: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """(n, K) float32 of images (n, D) and what they say, (n, D) unit text vectors."""
        result = np.empty((len(vectors), len(self.prompts)), dtype=np.float32)
        for begin in range(0, len(vectors), BLOCK):
            block = slice(begin, begin + BLOCK)
            wide = np.ascontiguousarray(vectors[block], dtype=np.float32)
            logits = head.logits(wide)
            words = self._words(np.ascontiguousarray(texts[block], dtype=np.float32), logits, head)
            raw = self.model.predict(words.beside(head.seen(wide)), words.offsets(logits))
            result[block] = with_temperature(raw, self.temperature)
        return result

    def _words(self, texts: np.ndarray, logits: np.ndarray, head: Head) -> Words:
        scores = texts @ self.prompts.T
        if head.flat is not None:  # of a class without prompts words say nothing
            scores[:, -1] = scores[:, :-1].mean(axis=1)
        return Words.scaled(
            self.frame,
            self.frame.features(texts),
            scores / np.float32(self.score_temperature),
            logits,
            self.score_temperature,
            self.scales,
        )
