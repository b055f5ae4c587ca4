"""The head: from an image's vector to the probability of each class, far from any collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.encoders.base import unit_rows
from core.learn.models.calibration import with_temperature
from core.learn.models.fused import Model
from core.prompts import zeroshot

Centring = Literal["none", "scores", "images"]
"""What the middle of the collection is taken off: nothing, scores, or images before they are
brought to length one again, as refined prototypes have it."""

BLOCK = 4_096
"""Images scored at once. Sums in blocks of another size may differ in their last bits."""


@dataclass(frozen=True, eq=False)
class Head:
    """What scores images outside the collection, as the collection's own model would.

    Attributes:
        texts: (K, D) float32 text prototypes of the classes, unit norm; zeros for the last class
            where that has no prompts.
        middle: (D,) float32 the middle of the collection; zeros where nothing is centred.
        centring: what it is taken off.
        zero_temperature: what scores are divided by to be logits.
        looks: which of the D numbers the model acts on.
        model: the fitted model; one without trusts takes prompts alone.
        temperature: what log probabilities are divided by at last, fitted to audit images.
        flat: zero-shot logit of the last class where that has no prompts.
    """

    texts: np.ndarray
    middle: np.ndarray
    centring: Centring
    zero_temperature: float
    looks: slice
    model: Model
    temperature: float
    flat: float | None = None

    @property
    def dim(self) -> int:
        """Numbers of a vector, D."""
        return self.texts.shape[1]

    def seen(self, vectors: np.ndarray) -> np.ndarray:
        """(n, d) float32 unit vectors of how images (n, D) look."""
        return vectors if self.looks == slice(None) else unit_rows(vectors[:, self.looks])

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """(n, K) float32 zero-shot logits of images (n, D)."""
        if self.centring == "images":
            scores = unit_rows(vectors - self.middle) @ self.texts.T
        else:
            middle = self.middle if self.centring == "scores" else None
            scores = zeroshot.scores(vectors, self.texts, middle)
        logits = scores / np.float32(self.zero_temperature)
        if self.flat is not None:
            logits[:, -1] = self.flat
        return logits

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """(n, K) float32 of images (n, D), rows sum to 1."""
        result = np.empty((len(vectors), len(self.texts)), dtype=np.float32)
        for begin in range(0, len(vectors), BLOCK):
            block = np.ascontiguousarray(vectors[begin : begin + BLOCK], dtype=np.float32)
            raw = self.model.predict(self.seen(block), self.logits(block))
            result[begin : begin + BLOCK] = with_temperature(raw, self.temperature)
        return result
